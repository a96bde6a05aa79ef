import type { Request, RequestHandler, Response } from "express";
import { z } from "zod";
import type { AuditKind } from "../../../audit/audit-kinds.ts";
import { personResponsible, whoTakesTheCall } from "../../../calls/matching/who-takes-the-call.ts";
import { mattersOfCaller } from "../../../calls/matters-of-caller.ts";
import type { Services } from "../../../container.ts";
import { InvalidRequestError } from "../../../errors.ts";
import { auditContext } from "../../../http/audit-context.ts";
import { contextOf } from "../../../http/deadline.ts";
import { currentUser } from "../../../http/require-session.ts";
import type { ChosenParties } from "../../../store/repositories/call-outbox.ts";
import { formatTime } from "../../../views/format.ts";
import { parseForm } from "../../parse-input.ts";
import { textParameter } from "../../text-parameter.ts";
import {
  BACK_TO_CALLS,
  decidedError,
  type LoadedCall,
  loadOpenCall,
  recordId,
  sendCall,
} from "./load-call.ts";
import { findVisibleContact } from "./visible-contact.ts";

const LogForm = z.object({
  contact_id: recordId(),
  matter_id: z.union([z.literal("").transform(() => null), recordId()], {
    error: "must be the ID of a record in Clio.",
  }),
});

/** `POST /calls/:call/log`: the call was with this contact, about this matter or none. Its phone log is written. */
export function logCall(services: Services): RequestHandler {
  const { openUserDirectory, settings } = services;
  return async (request, response) => {
    const { contact_id: contactId, matter_id: matterId } = parseForm(LogForm, request, BACK_TO_CALLS);
    const loaded = await loadOpenCall(services, request, response);
    const contact = await findVisibleContact(services, response, contactId);
    const directory = openUserDirectory(currentUser(response).connection, contextOf(response));
    const matters = matterId === null ? [] : await mattersOfCaller(directory, contactId);
    const matter = matters.find(({ id }) => id === matterId) ?? null;
    if (matterId !== null && !matter)
      throw new InvalidRequestError("matter_id must be a matter of the contact that you can see in Clio.", {
        next: BACK_TO_CALLS,
      });
    const staffed = matter && whoTakesTheCall(matter, settings.staffRoles);
    const person = staffed && personResponsible(staffed);
    await choose(services, request, response, loaded, {
      contact,
      matter: matter && { id: matter.id, displayNumber: matter.displayNumber },
      person: person && { id: person.id, name: person.name },
    });
    backToCall(request, response);
  };
}

/** `POST /calls/:call/dismiss`: no phone log is written. */
export function dismissCall(services: Services): RequestHandler {
  return async (request, response) => {
    const { visible } = await loadOpenCall(services, request, response);
    if (!(await services.store.callOutbox.dismiss(currentUser(response).firm.id, visible.call.id)))
      throw decidedError();
    await record(services, request, response, visible, "call_dismissed");
    backToCall(request, response);
  };
}

/** `POST /calls/:call/retry`: tries a failed phone log or task again. */
export function retryCall(services: Services): RequestHandler {
  return async (request, response) => {
    const { visible } = await loadOpenCall(services, request, response);
    const { firm } = currentUser(response);
    if (!(await services.store.callOutbox.tryAgain(firm.id, visible.call.id))) throw decidedError();
    await record(services, request, response, visible, "call_retried");
    services.outboxWorker.resume(firm.id);
    backToCall(request, response);
  };
}

const NumberForm = z.object({ contact_id: recordId() });

/** `POST /calls/:call/number`: adds the caller's number to a contact, as the signed-in user. */
export function addCallersNumber(services: Services): RequestHandler {
  return async (request, response) => {
    const { contact_id: contactId } = parseForm(NumberForm, request, BACK_TO_CALLS);
    const { visible } = await loadOpenCall(services, request, response);
    const number = callersNumber(visible);
    await findVisibleContact(services, response, contactId);
    const { connection } = currentUser(response);
    const isAdded = await services.contactEditor.addNumber(
      connection,
      contactId,
      number,
      contextOf(response),
    );
    if (isAdded) await record(services, request, response, visible, "contact_number_added");
    backToCall(request, response);
  };
}

const NewContactForm = z.object({
  first_name: textParameter(100).trim().default(""),
  last_name: textParameter(100).trim().default(""),
});

/**
 * `POST /calls/:call/new-contact`: creates a contact with the caller's number, as the signed-in user. If the call waits for a
 * contact, its phone log is written.
 */
export function createCallersContact(services: Services): RequestHandler {
  return async (request, response) => {
    const form = parseForm(NewContactForm, request, BACK_TO_CALLS);
    const name = { firstName: form.first_name, lastName: form.last_name };
    const loaded = await loadOpenCall(services, request, response);
    const { visible } = loaded;
    const number = callersNumber(visible);
    const refuse = async (error: string) => {
      response.status(400);
      await sendCall(services, response, loaded, { newContact: { ...name, error } });
    };
    if (name.firstName === "" && name.lastName === "") return refuse("Enter a first or last name.");
    const { connection } = currentUser(response);
    const id = await services.contactEditor.createPerson(connection, name, number, contextOf(response));
    if (id === null)
      return refuse(
        "A contact in Clio already has this number. Choose it above instead of creating another one.",
      );
    await record(services, request, response, visible, "contact_created");
    if (visible.call.log?.state === "needs_choice") {
      const contact = { id, name: `${name.firstName} ${name.lastName}`.trim() };
      await choose(services, request, response, loaded, { contact, matter: null, person: null });
    }
    backToCall(request, response);
  };
}

async function choose(
  services: Services,
  request: Request,
  response: Response,
  { visible }: LoadedCall,
  parties: ChosenParties,
): Promise<void> {
  const { store, outboxWorker } = services;
  const { firm } = currentUser(response);
  const { id, content } = visible.call;
  // The one who was asked for when the call was answered.
  const person = content?.person ?? content?.away ?? parties.person;
  const chosen = { ...parties, person: person && { id: person.id, name: person.name } };
  if (!(await store.callOutbox.choose(firm.id, id, chosen))) throw decidedError();
  await record(services, request, response, visible, "call_logged");
  outboxWorker.schedule(firm.id);
}

function callersNumber({ call: { content } }: LoadedCall["visible"]): string {
  if (content?.caller && (content.contact === null || content.isChosen)) return content.caller;
  throw decidedError();
}

/** The history names the call by its time only: administrators see it, whatever Clio shows them. */
async function record(
  { recordAudit }: Services,
  request: Request,
  response: Response,
  { call }: LoadedCall["visible"],
  kind: AuditKind,
): Promise<void> {
  await recordAudit({ ...auditContext(request, response), kind, detail: formatTime(call.at) });
}

function backToCall(request: Request, response: Response): void {
  response.redirect(303, `/calls/${request.params.call}`);
}
