import type { RequestHandler } from "express";
import { z } from "zod";
import { readForm } from "../../http/form.ts";
import { visitorOn } from "../../http/signed-in.ts";
import type { Services } from "../../services.ts";
import { showSetup } from "./page.ts";

const LONGEST_NAME = 60;

const NewKey = z.object({
  name: z
    .string({ error: "give the key a name." })
    .trim()
    .min(1, { error: "give the key a name." })
    .max(LONGEST_NAME, { error: `at most ${LONGEST_NAME} characters.` }),
});

/** `POST /setup/keys`: makes a bearer key for the firm and shows it, this once. */
export function makeKey(services: Services): RequestHandler {
  return async (request, response) => {
    const { name } = readForm(NewKey, request);
    const { key } = await services.store.bearerKeys.make(visitorOn(response).firm.id, name);
    await showSetup(services, response, { newKey: { name, key } });
  };
}

const RevokedKey = z.object({ key_id: z.string({ error: "which key?" }) });

/** `POST /setup/keys/revoke`: a key of the firm is good for nothing from now on. */
export function revokeKey({ store }: Services): RequestHandler {
  return async (request, response) => {
    const { key_id } = readForm(RevokedKey, request);
    await store.bearerKeys.revoke(visitorOn(response).firm.id, key_id);
    response.redirect(303, "/setup#keys");
  };
}
