import { type Kysely, sql } from "kysely";
import type { Schema } from "../db/schema.ts";
import type { FirmMirror, MirrorSummary } from "./mirror.ts";

/** What every call needs to know about a firm: who looks up its callers, and its mirror. */
export interface FirmSummary extends Pick<FirmMirror, "lookupUserId"> {
  readonly mirror: MirrorSummary | null;
  /** Changes with every change to who of the firm is away (`Absences.revision`). */
  readonly absencesRevision: number;
}

/**
 * Firms with their mirror and lookup account, which is chosen by the same rules as in `Connections.lookupAccount`.
 *
 * @param kids IDs of the secret keys that this process has
 */
export function firmsWithLookupUser(db: Kysely<Schema>, kids: readonly string[]) {
  return db
    .selectFrom("firms")
    .leftJoin("mirrors", (join) =>
      join.onRef("mirrors.firm_id", "=", "firms.id").on("mirrors.gone", "=", sql.lit(0)),
    )
    .select(({ selectFrom }) => [
      "firms.id as admitted_firm_id",
      selectFrom("connections")
        .select("connections.user_id")
        .whereRef("connections.firm_id", "=", "firms.id")
        .where("connections.state", "=", "connected")
        .where("connections.kid", "in", [...kids])
        .orderBy("connections.preferred", "desc")
        .orderBy("connections.connected_at")
        .orderBy("connections.user_id")
        .limit(1)
        .as("lookup_user_id"),
      selectFrom("mirror_keys")
        .select("mirror_keys.kid")
        .whereRef("mirror_keys.mirror_id", "=", "mirrors.id")
        .as("key_kid"),
    ]);
}

/** Firms with the columns of their summary. Extend it with what else every call needs to know about its firm. */
export function firmSummaries(db: Kysely<Schema>, kids: readonly string[]) {
  return firmsWithLookupUser(db, kids).select([
    "firms.absences_revision",
    "mirrors.id",
    "mirrors.user_id",
    "mirrors.form",
    "mirrors.complete_at",
    "mirrors.polled_at",
    "mirrors.users_revision",
  ]);
}

type FirmSummaryRow = Awaited<ReturnType<ReturnType<typeof firmSummaries>["executeTakeFirstOrThrow"]>>;

export function toFirmSummary(row: FirmSummaryRow, kids: readonly string[]): FirmSummary {
  const { lookup_user_id: lookupUserId, absences_revision: absencesRevision } = row;
  const { id, user_id: userId, form, users_revision: usersRevision } = row;
  if (id === null || userId === null || form === null || usersRevision === null)
    return { lookupUserId, mirror: null, absencesRevision };
  const { complete_at: completeAt, polled_at: polledAt } = row;
  const formatVersion = readableFormat(form, row.key_kid, kids);
  return {
    lookupUserId,
    absencesRevision,
    mirror: { id, userId, formatVersion, completeAt, polledAt, usersRevision },
  };
}

/** Empty if the mirror's key is wrapped with none of our secret keys. A key that is missing may come back. */
export function readableFormat(form: string, kid: string | null, kids: readonly string[]): string {
  return kid === null || kids.includes(kid) ? form : "";
}
