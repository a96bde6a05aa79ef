import { z } from "zod";
import type { RequestContext } from "../../runtime/request-context.ts";
import { type ClioAccess, pageSchema } from "../paging.ts";
import { createRecord } from "./create-record.ts";

const PERMISSION = "Communications (write)";
const PATH = "/api/v4/communications.json";

/** A user of the firm, or a contact. */
export interface Participant {
  readonly id: number;
  readonly type: "User" | "Contact";
}

/** A value by which a record can be found again. */
export interface ExternalProperty {
  readonly name: string;
  readonly value: string;
}

/** A phone log to create in Clio. */
export interface PhoneLog {
  readonly subject: string;
  /** Plain text. */
  readonly body: string;
  /** When the call was, in epoch milliseconds. */
  readonly receivedAt: number;
  readonly matterId: number | null;
  readonly from: readonly Participant[];
  readonly to: readonly Participant[];
  /** At most five. */
  readonly externalProperties: readonly ExternalProperty[];
  /** The users whom Clio notifies. */
  readonly notifyUserIds: readonly number[];
}

const IdPage = pageSchema(z.object({ id: z.number().int() }));

/**
 * Creates a phone log. Clio creates another one for a repeated request, so look for the log with `findPhoneLog` before
 * repeating one whose outcome is unknown (docs/explanation/how-clio-behaves.md, "Phone logs").
 * @returns the log's ID
 * Throws as `ClioAccess.request` does: `NotFoundError` for a matter, contact or user that Clio doesn't have.
 */
export async function createPhoneLog(
  clio: ClioAccess,
  log: PhoneLog,
  context: RequestContext,
): Promise<number> {
  const data = {
    type: "PhoneCommunication",
    subject: log.subject,
    body: log.body,
    received_at: new Date(log.receivedAt).toISOString(),
    // Clio takes no null here.
    ...(log.matterId !== null && { matter: { id: log.matterId } }),
    senders: log.from,
    receivers: log.to,
    external_properties: log.externalProperties,
    notification_event_subscribers: log.notifyUserIds.map((id) => ({ user_id: String(id) })),
  };
  return createRecord(clio, { path: PATH, permission: PERMISSION, data }, context);
}

/**
 * Finds a phone log by one of its external properties.
 * @returns the ID of the first one; null if there is none that the connected user may see
 * Throws as `ClioAccess.request` does.
 */
export async function findPhoneLog(
  clio: ClioAccess,
  { name, value }: ExternalProperty,
  context: RequestContext,
): Promise<number | null> {
  const params = {
    type: "PhoneCommunication",
    external_property_name: name,
    external_property_value: value,
    fields: "id",
    order: "id(asc)",
    limit: 1,
  };
  const page = await clio.request({ path: PATH, params, schema: IdPage, permission: PERMISSION }, context);
  return page.records[0]?.id ?? null;
}
