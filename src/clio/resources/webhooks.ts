import { createHmac } from "node:crypto";
import { z } from "zod";
import { NotFoundError } from "../../errors.ts";
import type { RequestContext } from "../../runtime/request-context.ts";
import { equalInConstantTime } from "../../security/constant-time.ts";
import type { ClioRequest } from "../client.ts";
import { type ClioAccess, pageSchema, readAllPages } from "../paging.ts";

const PERMISSION = "Webhooks (write)";
const PATH = "/api/v4/webhooks";

/** Clio's maximum of 31 days, less one day in case the clocks differ (docs/explanation/how-clio-behaves.md, "Creating webhooks"). */
export const WEBHOOK_LIFETIME_MS = 30 * 24 * 60 * 60_000;

const EVENTS = {
  contact: ["created", "updated", "deleted"],
  matter: ["created", "updated", "deleted", "matter_opened", "matter_pended", "matter_closed"],
} as const;

/** A webhook as Clio returns it. */
export interface ClioWebhook {
  readonly id: number;
  readonly url: string | null;
  /** Whether Clio delivers to it: false until the handshake, and after Clio has suspended it. */
  readonly enabled: boolean;
  /** Epoch milliseconds; 0 if Clio doesn't say. */
  readonly expiresAt: number;
}

const WebhookRecord = z
  .object({
    id: z.number().int(),
    url: z.string().nullish(),
    status: z.string().nullish(),
    expires_at: z.string().nullish(),
  })
  .transform(
    ({ id, url, status, expires_at }): ClioWebhook => ({
      id,
      url: url ?? null,
      enabled: status === "enabled",
      expiresAt: Date.parse(expires_at ?? "") || 0,
    }),
  );

const FIELDS = "id,url,status,expires_at";
const WebhookPage = pageSchema(WebhookRecord);
const WebhookResponse = z.object({ data: WebhookRecord });

/** Lists the connected user's webhooks of this developer app. Throws as `ClioAccess.request` does. */
export function listWebhooks(clio: ClioAccess, context: RequestContext): Promise<ClioWebhook[]> {
  return readAllPages(
    clio,
    { path: `${PATH}.json`, params: { fields: FIELDS }, page: WebhookPage, permission: PERMISSION },
    context,
  );
}

/**
 * Creates a webhook for every change to one kind of record. Clio's handshake may arrive before its response.
 *
 * @param expiresAt epoch milliseconds, at most 31 days ahead
 * Throws as `ClioAccess.request` does.
 */
export async function createWebhook(
  clio: ClioAccess,
  { model, url, expiresAt }: { model: keyof typeof EVENTS; url: string; expiresAt: number },
  context: RequestContext,
): Promise<ClioWebhook> {
  const data = {
    url,
    model,
    events: EVENTS[model],
    // Deliveries carry only the ID (docs/decisions/0004-only-ids-in-webhooks.md).
    fields: "id",
    expires_at: new Date(expiresAt).toISOString(),
  };
  const { data: created } = await clio.request(writeRequest("POST", `${PATH}.json`, data), context);
  return created;
}

/** Extends a webhook. Throws as `ClioAccess.request` does: `NotFoundError` if it no longer exists. */
export async function extendWebhook(
  clio: ClioAccess,
  id: number,
  expiresAt: number,
  context: RequestContext,
): Promise<void> {
  const data = { expires_at: new Date(expiresAt).toISOString() };
  await clio.request(writeRequest("PATCH", `${PATH}/${id}.json`, data), context);
}

/** Deletes a webhook, if it still exists. Throws as `ClioAccess.request` does. */
export async function deleteWebhook(clio: ClioAccess, id: number, context: RequestContext): Promise<void> {
  const path = `${PATH}/${id}.json`;
  try {
    await clio.request({ method: "DELETE", path, schema: z.unknown(), permission: PERMISSION }, context);
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
  }
}

/**
 * Whether a delivery was signed with the webhook's secret (docs/explanation/how-clio-behaves.md, "Deliveries").
 * @param body the raw bytes of the request body
 * @param signature the hex HMAC-SHA256 from `X-Hook-Signature`
 */
export function hasValidSignature(secret: string, body: Uint8Array, signature: string): boolean {
  return equalInConstantTime(
    createHmac("sha256", secret).update(body).digest("hex"),
    signature.toLowerCase(),
  );
}

function writeRequest(
  method: "POST" | "PATCH",
  path: string,
  data: object,
): ClioRequest<z.infer<typeof WebhookResponse>> {
  return {
    method,
    path,
    params: { fields: FIELDS },
    body: { data },
    schema: WebhookResponse,
    permission: PERMISSION,
  };
}
