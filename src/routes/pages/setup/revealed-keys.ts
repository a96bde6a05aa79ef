import type { Response } from "express";
import type { Services } from "../../../container.ts";
import type { AuditContext } from "../../../http/audit-context.ts";
import { currentUser } from "../../../http/require-session.ts";
import type { RevealSession } from "../../../store/repositories/key-reveals.ts";

/** Creates a key that this session may show for ten minutes. Throws `KeyNameTakenError` if the firm has one with this name. */
export async function createRevealedKey(
  { store, recordAudit }: Services,
  response: Response,
  context: AuditContext,
  name: string,
): Promise<{ keyId: string }> {
  const created = await store.apiKeys.create(context.firmId, name);
  await store.keyReveals.add(revealSession(response), created);
  await recordAudit({ ...context, kind: "key_created", detail: name });
  return { keyId: created.id };
}

/** The signed-in user's session, for what only this session may show. */
export function revealSession(response: Response): RevealSession {
  const { session } = currentUser(response);
  return { firmId: session.firmId, userId: session.userId, sessionId: session.id };
}
