import { type Request, Router } from "express";
import { z } from "zod";
import { formatClioTime } from "../../firms/clio-time.ts";
import type { FirmChanges } from "../../firms/firm-changes.ts";
import type {
  ExternalProperty,
  FirmCommunication,
  NotificationEventSubscriber,
} from "../../firms/firm-communications.ts";
import type { Viewer } from "../../firms/viewer.ts";
import { recordNotFound, unprocessable } from "../clio-error.ts";
import {
  type ApiResponse,
  checkFields,
  idFromPath,
  matchesAll,
  queryFilter,
  sendList,
  sendRecord,
  sinceFilters,
} from "../endpoint.ts";
import { checkIfMatch } from "../if-match.ts";
import { jsonBody } from "../json-body.ts";
import type { Parameters } from "../parameters.ts";
import { checkMatter, checkParticipant, Participant } from "../participants.ts";
import { oneOf, Reference, readBody, Text, Time } from "../read-body.ts";

const TYPES = ["PhoneCommunication", "EmailCommunication"] as const;
const MAX_EXTERNAL_PROPERTIES = 5;

const NewCommunication = z.strictObject({
  type: oneOf(TYPES),
  subject: Text,
  body: Text,
  date: Time.optional(),
  received_at: Time.optional(),
  matter: Reference.optional(),
  senders: z.array(Participant).default([]),
  receivers: z.array(Participant).default([]),
  external_properties: z.array(z.strictObject({ name: Text, value: Text })).default([]),
  notification_event_subscribers: z
    .array(z.strictObject({ user_id: z.string({ error: "must be a string" }).regex(/^\d+$/, "is invalid") }))
    .default([]),
});

const ChangedCommunication = NewCommunication.omit({
  senders: true,
  receivers: true,
  external_properties: true,
  notification_event_subscribers: true,
}).partial();

/**
 * `GET` and `POST /communications`, `GET`, `PATCH` and `DELETE /communications/:id`. A list is ordered by date unless
 * the request says otherwise. `PATCH` changes single values and the matter, not the lists.
 * Source: docs/explanation/how-clio-behaves.md, "Phone logs".
 */
export function communications(changesOf: (accountId: number) => FirmChanges, now: () => number): Router {
  const router = Router();
  const changesFor = ({ records }: Viewer) => changesOf(records.account.id);

  router.get("/communications", (request, response: ApiResponse) => {
    sendList<FirmCommunication>(request, response, "Communication", (parameters) => {
      const { communications } = response.locals.viewer.records;
      const ids = parameters.integers("ids[]");
      return {
        collection: communications,
        items: ids && communications.getMany(ids),
        maxLimit: 200,
        orders: ["date", "received_at", "matter"],
        defaultOrder: "date(asc)",
        filter: matchesAll(communicationFilters(parameters, response.locals.viewer)),
      };
    });
  });

  router.post("/communications", ...jsonBody, (request: Request, response: ApiResponse) => {
    checkFields(request, "Communication");
    const { viewer } = response.locals;
    const created = createCommunication(viewer, readBody(request, NewCommunication), now());
    changesFor(viewer).addCommunication(created);
    response.status(201);
    sendRecord(request, response, "Communication", viewer.records.communications.get(created.id));
  });

  router.get("/communications/:id", (request, response: ApiResponse) => {
    sendRecord(request, response, "Communication", find(request, response));
  });

  router.patch(
    "/communications/:id",
    ...jsonBody,
    (request: Request<{ id: string }>, response: ApiResponse) => {
      checkFields(request, "Communication");
      const { viewer } = response.locals;
      const communication = find(request, response);
      checkIfMatch(request, "Communication", communication);
      const { matter, ...values } = readBody(request, ChangedCommunication);
      if (matter) checkMatter(viewer, matter.id);
      changesFor(viewer).communication(communication.id, {
        ...(Object.fromEntries(
          Object.entries(values).filter(([, value]) => value !== undefined),
        ) as typeof values),
        ...(matter && { matter_id: matter.id }),
      } as Partial<FirmCommunication>);
      sendRecord(request, response, "Communication", communication);
    },
  );

  router.delete("/communications/:id", (request, response: ApiResponse) => {
    changesFor(response.locals.viewer).removeCommunication(find(request, response).id);
    response.status(204).end();
  });

  return router;
}

function find(request: Request<{ id: string }>, response: ApiResponse): FirmCommunication {
  const communication = response.locals.viewer.records.communications.get(idFromPath(request));
  if (!communication) throw recordNotFound();
  return communication;
}

function communicationFilters(parameters: Parameters, viewer: Viewer) {
  const type = parameters.oneOf("type", TYPES);
  const matter = parameters.idOrNull("matter_id");
  const contact = parameters.integer("contact_id");
  const user = parameters.integer("user_id");
  const date = parameters.time("date");
  const since = parameters.time("received_since");
  const before = parameters.time("received_before");
  const property = parameters.text("external_property_name");
  const value = parameters.text("external_property_value");
  const matches = queryFilter(parameters);
  const participates = (type: "User" | "Contact", id: number) => (each: FirmCommunication) =>
    [...each.senders, ...each.receivers].some((one) => one.type === type && one.id === id);
  return [
    type && ((each: FirmCommunication) => each.type === type),
    matter !== undefined && ((each: FirmCommunication) => each.matter_id === matter),
    contact !== undefined && (viewer.canSeeContact(contact) ? participates("Contact", contact) : () => false),
    user !== undefined &&
      ((each: FirmCommunication) => each.user_id === user || participates("User", user)(each)),
    date !== undefined && ((each: FirmCommunication) => each.date === formatClioTime(date).slice(0, 10)),
    since !== undefined && ((each: FirmCommunication) => Date.parse(each.received_at) >= since),
    before !== undefined && ((each: FirmCommunication) => Date.parse(each.received_at) <= before),
    // A value counts only together with a name.
    property !== undefined &&
      ((each: FirmCommunication) =>
        each.external_properties.some(
          (one) => one.name === property && (value === undefined || one.value === value),
        )),
    matches && ((each: FirmCommunication) => matches(`${each.subject}\n${each.body}`.toLowerCase())),
    ...sinceFilters<FirmCommunication>(parameters),
  ];
}

function createCommunication(
  viewer: Viewer,
  values: z.infer<typeof NewCommunication>,
  nowMs: number,
): FirmCommunication {
  const { matter, notification_event_subscribers: subscribers, external_properties: properties } = values;
  if (properties.length > MAX_EXTERNAL_PROPERTIES) {
    throw unprocessable(`external_properties is limited to ${MAX_EXTERNAL_PROPERTIES}.`);
  }
  if (subscribers.length > 0 && values.type !== "PhoneCommunication") {
    throw unprocessable("notification_event_subscribers is only valid for a PhoneCommunication.");
  }
  for (const each of [...values.senders, ...values.receivers]) checkParticipant(viewer, each);
  for (const { user_id } of subscribers) checkParticipant(viewer, { type: "User", id: Number(user_id) });
  if (matter) checkMatter(viewer, matter.id);
  const id = viewer.records.communications.nextId();
  const time = formatClioTime(nowMs);
  const times = { created_at: time, updated_at: time };
  const received_at = formatClioTime(Date.parse(values.received_at ?? values.date ?? time));
  return {
    id,
    type: values.type,
    subject: values.subject,
    body: values.body,
    date: (values.date ?? received_at).slice(0, 10),
    received_at,
    user_id: viewer.user.id,
    matter_id: matter?.id ?? null,
    senders: values.senders,
    receivers: values.receivers,
    external_properties: properties.map(
      (each, at): ExternalProperty => ({ id: id * 10 + at, ...each, ...times }),
    ),
    notification_event_subscribers: subscribers.map(
      ({ user_id }, at): NotificationEventSubscriber => ({
        id: id * 10 + at,
        user_id: Number(user_id),
        ...times,
      }),
    ),
    ...times,
  };
}
