import { createHmac } from "node:crypto";
import { z } from "zod";
import { NotFoundError } from "../../errors.ts";
import type { RequestContext } from "../../runtime/request-context.ts";
import { equalInConstantTime } from "../../security/constant-time.ts";
import type { ClioRequest } from "../client.ts";
import { type ClioAccess, pageSchema, readAllPages } from "../paging.ts";

const PERMISSION = "Webhooks (write)";
const PATH = "/api/v4/webhooks";

/** The longest that Clio lets a webhook live (clio-facts, Webhooks), less a day for clocks that differ. Milliseconds. */
export const MAX_LIFETIME_MS = 30 * 24 * 60 * 60_000;

const EVENTS = {
  contact: ["created", "updated", "deleted"],
  matter: ["created", "updated", "deleted", "matter_opened", "matter_pended", "matter_closed"],
} as const;

/** A webhook as Clio has it. */
export interface ClioWebhook {
  readonly id: number;
  readonly url: string | null;
  /** Whether Clio delivers: not yet before the handshake, nor after it was suspended. */
  readonly enabled: boolean;
  /** Epoch milliseconds. */
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
const WebhookAnswer = z.object({ data: WebhookRecord });

/** Every webhook that the connected user has with this app. Throws as `ClioAccess.ask` does. */
export function clioWebhooks(clio: ClioAccess, context: RequestContext): Promise<ClioWebhook[]> {
  return readAllPages(
    clio,
    { path: `${PATH}.json`, params: { fields: FIELDS }, page: WebhookPage, permission: PERMISSION },
    context,
  );
}

/**
 * Asks Clio to tell every change of a kind of record. The handshake comes on its own, maybe before Clio's answer.
 *
 * @param expiresAt epoch milliseconds, at most 31 days ahead
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
    // What changed is read from Clio afterwards: a delivery may come late, and must not say much.
    fields: "id",
    expires_at: new Date(expiresAt).toISOString(),
  };
  const { data: created } = await clio.request(change("POST", `${PATH}.json`, data), context);
  return created;
}

/** Gives a webhook more time. Throws `NotFound` when Clio has it no more. */
export async function extendWebhook(
  clio: ClioAccess,
  id: number,
  expiresAt: number,
  context: RequestContext,
): Promise<void> {
  const data = { expires_at: new Date(expiresAt).toISOString() };
  await clio.request(change("PATCH", `${PATH}/${id}.json`, data), context);
}

/** Ends a webhook; one that is gone already is what was wanted. */
export async function deleteWebhook(clio: ClioAccess, id: number, context: RequestContext): Promise<void> {
  const path = `${PATH}/${id}.json`;
  try {
    await clio.request({ method: "DELETE", path, schema: z.unknown(), permission: PERMISSION }, context);
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
  }
}

/** Whether a delivery was signed with the webhook's secret: hex HMAC-SHA256 of the raw body (clio-facts, Webhooks). */
export function signedWith(secret: string, body: Uint8Array, signature: string): boolean {
  return equalInConstantTime(
    createHmac("sha256", secret).update(body).digest("hex"),
    signature.toLowerCase(),
  );
}

function change(
  method: "POST" | "PATCH",
  path: string,
  data: object,
): ClioRequest<z.infer<typeof WebhookAnswer>> {
  return {
    method,
    path,
    params: { fields: FIELDS },
    body: { data },
    schema: WebhookAnswer,
    permission: PERMISSION,
  };
}
