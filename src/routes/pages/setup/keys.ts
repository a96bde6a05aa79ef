import type { RequestHandler, Response } from "express";
import { z } from "zod";
import type { Services } from "../../../container.ts";
import { auditContext } from "../../../http/audit-context.ts";
import { KeyNameTakenError } from "../../../store/repositories/api-keys.ts";
import { parseForm } from "../../parse-input.ts";
import { textParameter } from "../../text-parameter.ts";
import { sendSetupPage } from "./page.ts";
import { createRevealedKey, revealSession } from "./revealed-keys.ts";

const MAX_NAME_LENGTH = 60;

const NewKeyForm = z.object({ name: textParameter().trim() });

/**
 * `POST /setup/keys`: creates an API key for the firm, and shows it. If the name can't be used, shows the page again with
 * what was typed.
 */
export function createKey(services: Services): RequestHandler {
  return async (request, response) => {
    const { name } = parseForm(NewKeyForm, request);
    const problem = checkName(name);
    if (problem) return refuse(name, problem, response);
    try {
      const { keyId } = await createRevealedKey(services, response, auditContext(request, response), name);
      await sendSetupPage(services, response, { createdKeyId: keyId });
    } catch (error) {
      if (!(error instanceof KeyNameTakenError)) throw error;
      await refuse(name, "Your firm already has a key with this name. Enter another name.", response);
    }
  };

  function refuse(name: string, problem: string, response: Response): Promise<void> {
    response.status(400);
    return sendSetupPage(services, response, { keyForm: { name, problem } });
  }
}

/** What is wrong with the name; null if nothing is. */
function checkName(name: string): string | null {
  if (name === "") return "Enter a name for the key, such as “Upfirst”.";
  if (name.length > MAX_NAME_LENGTH) return `Enter a name of at most ${MAX_NAME_LENGTH} characters.`;
  return null;
}

const KeyForm = z.object({ key_id: textParameter() });

/** `POST /setup/keys/saved`: stops showing a new key. */
export function hideKey({ store }: Services): RequestHandler {
  return async (request, response) => {
    const { key_id } = parseForm(KeyForm, request);
    await store.keyReveals.remove(revealSession(response), key_id);
    response.redirect(303, "/setup");
  };
}

/** `POST /setup/keys/revoke`: revokes one of the firm's keys at once. */
export function revokeKey({ store, recordAudit }: Services): RequestHandler {
  return async (request, response) => {
    const { key_id } = parseForm(KeyForm, request);
    const context = auditContext(request, response);
    const revoked = await store.apiKeys.revoke(context.firmId, key_id);
    if (revoked) await recordAudit({ ...context, kind: "key_revoked", detail: revoked.name });
    response.redirect(303, "/setup#keys");
  };
}
