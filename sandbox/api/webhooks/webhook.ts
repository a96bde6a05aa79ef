import { formatClioTime } from "../../firms/clio-time.ts";
import { CHANGE_EVENTS, type ChangeEvent } from "../../firms/firm-changes.ts";
import { ClioError, unprocessable } from "../clio-error.ts";
import { selectFields } from "../fields/field-selection.ts";

/** The models that Clio accepts. The sandbox sends deliveries only for contacts and matters. */
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

export type WebhookModel = (typeof WEBHOOK_MODELS)[number];
export type WebhookEvent = ChangeEvent;

/** An app's subscription to changes, created with one user's token. */
export interface Webhook {
  readonly id: number;
  readonly user_id: number;
  url: string;
  /** Same syntax as the `fields` parameter: `id,name,phone_numbers{number}`. */
  fields: string;
  model: WebhookModel;
  events: readonly WebhookEvent[];
  expires_at: string;
  /** `pending` until the handshake, `suspended` after the app responds to a delivery with 410. */
  status: "pending" | "enabled" | "suspended";
  /** Signs the deliveries. */
  shared_secret: string;
  readonly created_at: string;
  updated_at: string;
}

/** The values that the app chooses. */
export type WebhookValues = Pick<Webhook, "url" | "fields" | "model" | "events" | "expires_at">;

/** A webhook as sent by the app, not validated yet. */
export type WebhookInput = Partial<Record<keyof WebhookValues, unknown>>;

/** The resource in the deliveries of a webhook. */
export const RESOURCE_OF = { contact: "Contact", matter: "Matter" } as const;

const DAY_MS = 24 * 3_600_000;
const DEFAULT_EVENTS = ["created", "updated", "deleted"] as const;
const MAX_FIELDS_LENGTH = 1000;

/** Validates the app's input and adds Clio's defaults. Throws a 422 for an invalid value. */
export function parseWebhookValues(input: WebhookInput, now: number): WebhookValues {
  const { url, fields, model, events = DEFAULT_EVENTS, expires_at } = input;
  if (typeof url !== "string" || URL.parse(url)?.protocol !== "https:") {
    throw unprocessable("url must be an HTTPS URL.");
  }
  if (!isOneOf(WEBHOOK_MODELS, model)) throw unprocessable("model is not included in the list.");
  if (!Array.isArray(events) || events.length === 0) throw unprocessable("events can't be blank.");
  if (!areEvents(events)) throw unprocessable("events is not included in the list.");
  return { url, fields: parseFields(fields, model), model, events, expires_at: parseExpiry(expires_at, now) };
}

function parseFields(fields: unknown, model: WebhookModel): string {
  if (typeof fields !== "string" || fields === "") throw unprocessable("fields can't be blank.");
  if (fields.length > MAX_FIELDS_LENGTH) throw unprocessable("fields is longer than 1,000 characters.");
  try {
    if (model === "contact" || model === "matter") selectFields(fields, RESOURCE_OF[model]);
  } catch (error) {
    throw error instanceof ClioError ? unprocessable(error.message) : error;
  }
  return fields;
}

/** Default: three days from now. */
function parseExpiry(value: unknown, now: number): string {
  if (value === undefined || value === null) return formatClioTime(now + 3 * DAY_MS);
  const time = typeof value === "string" ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(time)) throw unprocessable("expires_at must be an ISO 8601 timestamp.");
  if (time <= now) throw unprocessable("expires_at must be in the future.");
  if (time > now + 31 * DAY_MS) throw unprocessable("expires_at must be within 31 days.");
  return formatClioTime(time);
}

function areEvents(values: readonly unknown[]): values is WebhookEvent[] {
  return values.every((value) => isOneOf(CHANGE_EVENTS, value));
}

function isOneOf<Value>(values: readonly Value[], value: unknown): value is Value {
  return values.some((each) => each === value);
}
