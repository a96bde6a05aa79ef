import type { Logger } from "pino";
import { redactError } from "../runtime/redact-error.ts";
import type { AuditEvents, AuditedUser } from "../store/repositories/audit-events.ts";
import type { AuditKind } from "./audit-kinds.ts";

/** The origin of changes made with the operator's commands. */
export const COMMAND_LINE = "command line";

/** Something that happened to a firm, for its history. */
export interface AuditEntry {
  readonly firmId: string;
  readonly kind: AuditKind;
  /** The user who did it; null for the operator and for Clio. */
  readonly actor: AuditedUser | null;
  /** The affected user, if that isn't the actor. */
  readonly subject?: AuditedUser;
  /** Another name, such as the name of a key. */
  readonly detail?: string;
  /** The browser's IP address, or `COMMAND_LINE`; null if unknown. */
  readonly origin: string | null;
}

/**
 * Adds an entry to a firm's history and logs a line without names or addresses. Call it right after the change.
 *
 * Never throws: the change is durable by then, and an error would tell the user that it failed. An entry that can't be stored
 * is logged as an error, in addition to its own line (docs/explanation/security.md, "History").
 */
export type RecordAudit = (entry: AuditEntry) => Promise<void>;

export function createAuditRecorder(events: Pick<AuditEvents, "add">, log: Logger): RecordAudit {
  return async ({ firmId, kind, actor, subject, detail, origin }) => {
    const line = {
      kind,
      firm: firmId,
      user: actor?.userId ?? null,
      ...(subject && { subject: subject.userId }),
    };
    log.info(line, "audit");
    try {
      await events.add({ firmId, kind, actor, subject: subject ?? null, detail: detail ?? null, origin });
    } catch (error) {
      log.error({ ...line, fault: redactError(error) }, "audit entry not stored");
    }
  };
}
