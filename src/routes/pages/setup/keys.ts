import type { RequestHandler } from "express";
import { z } from "zod";
import type { Services } from "../../../container.ts";
import { auditContext } from "../../../http/audit-context.ts";
import { parseForm } from "../../parse-input.ts";
import { textParameter } from "../../text-parameter.ts";
import { sendSetupPage } from "./page.ts";

const MAX_NAME_LENGTH = 60;

const NewKeyForm = z.object({
  name: textParameter()
    .trim()
    .min(1, { error: "is required." })
    .max(MAX_NAME_LENGTH, {
      error: `must be at most ${MAX_NAME_LENGTH} characters long.`,
    }),
});

/** `POST /setup/keys`: creates an API key for the firm and shows it once. */
export function createKey(services: Services): RequestHandler {
  return async (request, response) => {
    const { name } = parseForm(NewKeyForm, request);
    const context = auditContext(request, response);
    const { key } = await services.store.apiKeys.create(context.firmId, name);
    await services.recordAudit({ ...context, kind: "key_created", detail: name });
    await sendSetupPage(services, response, { newKey: { name, key } });
  };
}

const RevokedKeyForm = z.object({ key_id: textParameter() });

/** `POST /setup/keys/revoke`: revokes one of the firm's keys at once. */
export function revokeKey({ store, recordAudit }: Services): RequestHandler {
  return async (request, response) => {
    const { key_id } = parseForm(RevokedKeyForm, request);
    const context = auditContext(request, response);
    const revoked = await store.apiKeys.revoke(context.firmId, key_id);
    if (revoked) await recordAudit({ ...context, kind: "key_revoked", detail: revoked.name });
    response.redirect(303, "/setup#keys");
  };
}
