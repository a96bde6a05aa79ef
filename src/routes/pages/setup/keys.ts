import type { RequestHandler } from "express";
import { z } from "zod";
import type { Services } from "../../../container.ts";
import { parseForm } from "../../../http/parse-form.ts";
import { currentVisitor } from "../../../http/require-session.ts";
import { showSetup } from "./page.ts";

const MAX_NAME_LENGTH = 60;

const NewKey = z.object({
  name: z
    .string({ error: "give the key a name." })
    .trim()
    .min(1, { error: "give the key a name." })
    .max(MAX_NAME_LENGTH, { error: `at most ${MAX_NAME_LENGTH} characters.` }),
});

/** `POST /setup/keys`: makes a bearer key for the firm and shows it, this once. */
export function createKey(services: Services): RequestHandler {
  return async (request, response) => {
    const { name } = parseForm(NewKey, request);
    const { key } = await services.store.apiKeys.create(currentVisitor(response).firm.id, name);
    await showSetup(services, response, { newKey: { name, key } });
  };
}

const RevokedKey = z.object({ key_id: z.string({ error: "which key?" }) });

/** `POST /setup/keys/revoke`: a key of the firm is good for nothing from now on. */
export function revokeKey({ store }: Services): RequestHandler {
  return async (request, response) => {
    const { key_id } = parseForm(RevokedKey, request);
    await store.apiKeys.revoke(currentVisitor(response).firm.id, key_id);
    response.redirect(303, "/setup#keys");
  };
}
