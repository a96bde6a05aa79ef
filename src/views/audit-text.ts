import { AUDIT_KINDS, type AuditNames } from "../audit/audit-kinds.ts";
import type { AuditEvent, AuditedUser } from "../store/repositories/audit-events.ts";
import { formatUser } from "./format.ts";

const OPERATOR = "The operator";

/**
 * An entry of the history as a sentence without a full stop.
 * @param connections the firm's users: their current names replace the ones recorded with the entry
 */
export function formatAuditEvent(
  { kind, actor, subject, detail }: AuditEvent,
  connections: readonly AuditedUser[],
): string {
  const nameOf = (user: AuditedUser): string => {
    const current = connections.find(({ userId }) => userId === user.userId)?.userName;
    return current ?? formatUser(user);
  };
  const actorName = actor ? nameOf(actor) : OPERATOR;
  const isSelf = actor !== null && subject?.userId === actor.userId;
  const subjectName = subject ? (isSelf ? "themselves" : nameOf(subject)) : "";
  const format = Object.hasOwn(AUDIT_KINDS, kind) ? AUDIT_KINDS[kind as keyof typeof AUDIT_KINDS] : null;
  const names: AuditNames = { actor: actorName, subject: subjectName, detail: detail ?? "…" };
  // A newer version of the service may have written a kind that this one doesn't know.
  return format ? format(names) : `${actorName}: ${kind}`;
}
