import { clioTime } from "../firms/record-times.ts";
import { ClioError, unprocessable } from "./clio-error.ts";
import { selectFields } from "./field-selection.ts";

/** What a webhook can be for, in Clio. The sandbox has something to say of contacts and matters alone. */
const WEBHOOK_MODELS = [
  "activity",
  "bill",
  "calendar_entry",
  "clio_payments_payment",
  "communication",
  "contact",
  "document",
  "folder",
  "matter",
  "task",
] as const;

const WEBHOOK_EVENTS = [
  "created",
  "updated",
  "deleted",
  "matter_opened",
  "matter_pended",
  "matter_closed",
] as const;

export type WebhookModel = (typeof WEBHOOK_MODELS)[number];
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];

/** An app's wish to hear of changes, made with one user's token. */
export interface Webhook {
  readonly id: number;
  readonly user_id: number;
  url: string;
  /** As in the parameter of that name: `id,name,phone_numbers{number}`. */
  fields: string;
  model: WebhookModel;
  events: readonly WebhookEvent[];
  expires_at: string;
  /** `pending` until the app has shaken hands, `suspended` once it has answered 410. */
  status: "pending" | "enabled" | "suspended";
  /** What deliveries are signed with. */
  shared_secret: string;
  readonly created_at: string;
  updated_at: string;
}

/** The part of a webhook that the app says. */
export type WebhookValues = Pick<Webhook, "url" | "fields" | "model" | "events" | "expires_at">;

/** What the app says of a webhook; read from a request, so nothing is known of the values. */
export type WebhookInput = Partial<Record<keyof WebhookValues, unknown>>;

/** The resource that a webhook's deliveries show. */
export const RESOURCE_OF = { contact: "Contact", matter: "Matter" } as const;

const DAY_MS = 24 * 3_600_000;
const DEFAULT_EVENTS = ["created", "updated", "deleted"] as const;
const LONGEST_FIELDS = 1000;

/** Reads what the app says, with Clio's defaults for what it does not say. Throws a 422 for a bad value. */
export function webhookValues(input: WebhookInput, now: number): WebhookValues {
  const { url, fields, model, events = DEFAULT_EVENTS, expires_at } = input;
  if (typeof url !== "string" || URL.parse(url)?.protocol !== "https:") {
    throw unprocessable("url must be an HTTPS URL.");
  }
  if (!isOneOf(WEBHOOK_MODELS, model)) throw unprocessable("model is not included in the list.");
  if (!Array.isArray(events) || events.length === 0) throw unprocessable("events can't be blank.");
  if (!areEvents(events)) throw unprocessable("events is not included in the list.");
  return { url, fields: checkedFields(fields, model), model, events, expires_at: expiry(expires_at, now) };
}

function checkedFields(fields: unknown, model: WebhookModel): string {
  if (typeof fields !== "string" || fields === "") throw unprocessable("fields can't be blank.");
  if (fields.length > LONGEST_FIELDS) throw unprocessable("fields is longer than 1,000 characters.");
  try {
    if (model === "contact" || model === "matter") selectFields(fields, RESOURCE_OF[model]);
  } catch (error) {
    throw error instanceof ClioError ? unprocessable(error.message) : error;
  }
  return fields;
}

/** Three days from now where the app says nothing. */
function expiry(value: unknown, now: number): string {
  if (value === undefined || value === null) return clioTime(now + 3 * DAY_MS);
  const time = typeof value === "string" ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(time)) throw unprocessable("expires_at must be an ISO 8601 timestamp.");
  if (time <= now) throw unprocessable("expires_at must be in the future.");
  if (time > now + 31 * DAY_MS) throw unprocessable("expires_at must be within 31 days.");
  return clioTime(time);
}

function areEvents(values: readonly unknown[]): values is WebhookEvent[] {
  return values.every((value) => isOneOf(WEBHOOK_EVENTS, value));
}

function isOneOf<Value>(values: readonly Value[], value: unknown): value is Value {
  return values.some((each) => each === value);
}
