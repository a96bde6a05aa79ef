import { randomBytes } from "node:crypto";
import type { Kysely } from "kysely";
import type { AuditEventRow, Schema } from "../db/schema.ts";
import { acrossFirms } from "../db/tenant-guard.ts";
import { SealError } from "../encryption/seal-error.ts";
import type { Sealer } from "../encryption/sealing.ts";

/** A user in the history. */
export interface AuditedUser {
  /** Clio's user ID. */
  readonly userId: number;
  /** The name at the time of the entry; null if it is unknown or can't be decrypted. */
  readonly userName: string | null;
}

/** An entry of a firm's history. */
export interface AuditEvent {
  readonly id: string;
  readonly firmId: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** What happened. May be a kind that only a newer version of the service knows. */
  readonly kind: string;
  /** The user who did it; null for the operator and for Clio. */
  readonly actor: AuditedUser | null;
  /** The affected user; null if there is none, or if it is the actor. */
  readonly subject: AuditedUser | null;
  /** Another name, such as the name of a key. */
  readonly detail: string | null;
  /** An IP address, or `command line`. */
  readonly origin: string | null;
}

/** The position of an entry in the history. */
export type AuditCursor = Pick<AuditEvent, "at" | "id">;

/** The history of each firm: who did what, and when. Names, details and origins are encrypted. */
export interface AuditEvents {
  /** Adds an entry with the current time. Throws if the firm isn't admitted. */
  add(event: Omit<AuditEvent, "id" | "at">): Promise<void>;
  /**
   * A firm's entries, newest first.
   *
   * @param since leaves out earlier ones, in milliseconds since 1970
   * @param before continues after this entry, which may have been deleted
   */
  listByFirm(
    firmId: string,
    options: { since: number; before: AuditCursor | null; limit: number },
  ): Promise<AuditEvent[]>;
  /**
   * Deletes entries of all firms, at most a number of them.
   *
   * @param at deletes those before this time, in milliseconds since 1970
   * @returns whether there may be more
   */
  deleteBefore(at: number, limit: number): Promise<boolean>;
}

/** The encrypted part of an entry. */
interface SealedFields {
  readonly actorName: string | null;
  readonly subjectName: string | null;
  readonly detail: string | null;
  readonly origin: string | null;
}

const UNREADABLE: SealedFields = { actorName: null, subjectName: null, detail: null, origin: null };

/** @param now the clock, in milliseconds since 1970 */
export function createAuditEvents(db: Kysely<Schema>, sealer: Sealer, now: () => number): AuditEvents {
  async function toEvent(row: AuditEventRow): Promise<AuditEvent> {
    const { actorName, subjectName, detail, origin } = await open(row);
    const user = (userId: number | null, userName: string | null) =>
      userId === null ? null : { userId, userName };
    return {
      id: row.id,
      firmId: row.firm_id,
      at: row.at,
      kind: row.kind,
      actor: user(row.actor_id, actorName),
      subject: user(row.subject_id, subjectName),
      detail,
      origin,
    };
  }

  async function open({ id, firm_id, sealed }: AuditEventRow): Promise<SealedFields> {
    try {
      // The cast is safe: only this file seals values with this context.
      return (await sealer.open(sealed, auditEventContext(firm_id, id))) as SealedFields;
    } catch (error) {
      if (!(error instanceof SealError)) throw error;
      return UNREADABLE;
    }
  }

  return {
    async add({ firmId, kind, actor, subject, detail, origin }) {
      const id = randomBytes(8).toString("hex");
      const fields: SealedFields = {
        actorName: actor?.userName ?? null,
        subjectName: subject?.userName ?? null,
        detail,
        origin,
      };
      await db
        .insertInto("audit_events")
        .values({
          id,
          firm_id: firmId,
          at: now(),
          kind,
          actor_id: actor?.userId ?? null,
          subject_id: subject?.userId ?? null,
          sealed: await sealer.seal(fields, auditEventContext(firmId, id)),
        })
        .execute();
    },

    async listByFirm(firmId, { since, before, limit }) {
      let query = db
        .selectFrom("audit_events")
        .selectAll()
        .where("firm_id", "=", firmId)
        .where("at", ">=", since)
        .orderBy("at", "desc")
        .orderBy("id", "desc")
        .limit(limit);
      if (before)
        query = query.where(({ eb, or, and }) =>
          or([eb("at", "<", before.at), and([eb("at", "=", before.at), eb("id", "<", before.id)])]),
        );
      return Promise.all((await query.execute()).map(toEvent));
    },

    async deleteBefore(at, limit) {
      const unguarded = acrossFirms(db, "the history of every firm is kept equally long");
      const expired = unguarded.selectFrom("audit_events").select("id").where("at", "<", at).limit(limit);
      const { numDeletedRows } = await unguarded
        .deleteFrom("audit_events")
        .where("id", "in", expired)
        .executeTakeFirstOrThrow();
      return Number(numDeletedRows) === limit;
    },
  };
}

export function auditEventContext(firmId: string, id: string): string {
  return `audit:${firmId}:${id}`;
}
