import { randomInt } from "node:crypto";
import { type Kysely, type Selectable, sql } from "kysely";
import type { RecordKind } from "../../calls/firm-record.ts";
import { type Lease, withLease } from "../coordination/leases.ts";
import { compileQuery, type Place } from "../db/compiled-query.ts";
import type { MirrorRow, Schema } from "../db/schema.ts";
import { acrossFirms } from "../db/tenant-guard.ts";
import type { Sealer } from "../encryption/sealing.ts";

/** A walk over everything that a firm has in Clio, kind by kind, page by page. */
export interface FullSync {
  /** Whose records it is at. */
  readonly kind: RecordKind;
  /** Every record of that kind up to this id is in. */
  readonly after: number;
  /** Clio's URL of the following page; null at a kind's first. */
  readonly next: string | null;
  readonly startedAt: number;
  /** How many contacts and matters Clio said there are when it began. */
  readonly contacts: number;
  readonly matters: number;
  /** How many of both it has read. */
  readonly read: number;
}

/**
 * The local copy of a firm's Clio, as one connected user sees it. Times are milliseconds since 1970.
 */
export interface Mirror {
  readonly id: number;
  readonly firmId: string;
  /** Through whose connection it is read. */
  readonly userId: number;
  /** What its rows are made with; made with anything else, they would not be found. */
  readonly formatVersion: string;
  readonly startedAt: number;
  /** When it first held everything; null until then, and nobody is answered from it. */
  readonly completeAt: number | null;
  /** The pass under way, if there is one. */
  readonly fullSync: FullSync | null;
  /** Somebody asked for a pass. */
  readonly fullSyncRequested: boolean;
  /** When the last pass ended. */
  readonly fullSyncedAt: number | null;
  /** Every change in Clio up to this moment is in. */
  readonly polledAt: number | null;
  /** When a record last became different. */
  readonly changedAt: number | null;
  readonly records: { readonly users: number; readonly contacts: number; readonly matters: number };
  /** Another number after every change of a user. */
  readonly usersRevision: number;
  /** When the webhooks were last seen to. */
  readonly webhooksCheckedAt: number | null;
  /** The service's address that they were to lead to then. */
  readonly webhooksAddress: string | null;
  /** The code of the error that keeps them from being in place. */
  readonly webhooksErrorCode: string | null;
  /** The code of the error that the last reading ended with; null when it went well. */
  readonly lastErrorCode: string | null;
  /** Readings that failed one after the other. */
  readonly failures: number;
  /** Nothing is read before that. */
  readonly retryAt: number;
}

/** A firm, through whom it is answered, and its mirror. */
export interface FirmMirror {
  readonly firmId: string;
  /** The connected user who answers lookups (`Connections.answering`); null when nobody is connected. */
  readonly lookupUserId: number | null;
  readonly mirror: Mirror | null;
  /** Whether something waits to be read again. */
  readonly hasPendingChanges: boolean;
}

/** What it takes to know whether a firm is answered from its mirror. */
export type MirrorSummary = Pick<
  Mirror,
  "id" | "userId" | "formatVersion" | "completeAt" | "polledAt" | "usersRevision"
>;

/**
 * The mirrors of the firms: how far they are, not what is in them. What is read into one is written under the reader's
 * lease; where a method takes it, it throws `LeaseLost` and leaves everything as it is once somebody else reads.
 */
export interface Mirrors {
  /** Begins a mirror for a firm, and gives up the one that was there. */
  create(firmId: string, userId: number, form: string): Promise<Mirror>;
  /** A firm and its mirror; null for a firm that is not admitted. */
  ofFirm(firmId: string): Promise<FirmMirror | null>;
  /** The same, with nothing but what every call asks. */
  summary(
    firmId: string,
  ): Promise<(Pick<FirmMirror, "lookupUserId"> & { mirror: MirrorSummary | null }) | null>;
  /** Every admitted firm and its mirror, in order of admission. */
  all(): Promise<FirmMirror[]>;
  /**
   * The firms whose mirror is not at rest: it is being read, or asked for, or something of it waits to be read again, or it
   * was brought up to date before that moment (milliseconds since 1970). Few of many, and quickly found.
   */
  needingWork(upToDateBefore: number): Promise<string[]>;
  /** Gives up the mirror of a firm. From now on nobody is answered from it; its rows go with `sweep`. */
  discard(firmId: string): Promise<void>;
  /** Gives up every mirror of a firm that is not admitted any more. */
  discardOrphans(): Promise<void>;
  /**
   * Deletes rows of what was given up.
   *
   * @param rows about so many of each table at once
   * @returns whether there may be more
   */
  sweep(rows: number): Promise<boolean>;
  /** Asks for a pass, whoever makes it. */
  requestFullSync(firmId: string): Promise<void>;
  /** Begins a pass. */
  startFullSync(
    mirrorId: number,
    totals: Pick<FullSync, "contacts" | "matters">,
    lease?: Lease,
  ): Promise<void>;
  /** A page is in: where the pass goes on. */
  advanceFullSync(
    mirrorId: number,
    progress: Pick<FullSync, "kind" | "after" | "next" | "read">,
    lease?: Lease,
  ): Promise<void>;
  /** The pass has seen everything; the mirror is complete. */
  completeFullSync(mirrorId: number, lease?: Lease): Promise<void>;
  /** Every change up to that moment is in. */
  recordPoll(mirrorId: number, upTo: number, lease?: Lease): Promise<void>;
  /** The webhooks were seen to: where they are to lead, and the code of an error. */
  recordWebhookCheck(mirrorId: number, address: string, trouble: string | null): Promise<void>;
  /** A reading went well. */
  recordSuccess(mirrorId: number): Promise<void>;
  /** A reading failed; the next one is made at `retryAt`. */
  recordFailure(mirrorId: number, trouble: string, retryAt: number): Promise<void>;
  /** How many records there are in the mirrors of all firms, and when the one longest behind was last up to date. */
  totals(): Promise<{ users: number; contacts: number; matters: number; oldestPolledAt: number | null }>;
}

/** @param now milliseconds since 1970 */
export function createMirrors(
  db: Kysely<Schema>,
  { kids }: Pick<Sealer, "kids">,
  now: () => number,
): Mirrors {
  /** Firms with who answers for them, chosen as in `Connections`. */
  const answeredFirms = (some: Kysely<Schema>) =>
    some
      .selectFrom("firms")
      .leftJoin("mirrors", (join) =>
        join.onRef("mirrors.firm_id", "=", "firms.id").on("mirrors.gone", "=", sql.lit(0)),
      )
      .select(({ selectFrom }) => [
        "firms.id as the_firm_id",
        selectFrom("connections")
          .select("connections.user_id")
          .whereRef("connections.firm_id", "=", "firms.id")
          .where("connections.state", "=", "connected")
          .where("connections.kid", "in", [...kids])
          .orderBy("connections.preferred", "desc")
          .orderBy("connections.connected_at")
          .orderBy("connections.user_id")
          .limit(1)
          .as("answering_user_id"),
      ]);
  const firmMirrors = (some: Kysely<Schema>) =>
    answeredFirms(some)
      .select(({ selectFrom, exists }) =>
        exists(
          selectFrom("noted_changes")
            .select("record_id")
            .whereRef("noted_changes.mirror_id", "=", "mirrors.id"),
        ).as("changes_noted"),
      )
      .selectAll("mirrors");
  const standingOf = compileQuery(db, (place: Place<"firmId">) =>
    answeredFirms(db)
      .select([
        "mirrors.id",
        "mirrors.user_id",
        "mirrors.form",
        "mirrors.complete_at",
        "mirrors.polled_at",
        "mirrors.users_revision",
      ])
      .where("firms.id", "=", place("firmId")),
  );

  const ofFirm = compileQuery(db, (place: Place<"firmId">) =>
    firmMirrors(db).where("firms.id", "=", place("firmId")),
  );

  function update(mirrorId: number, change: Partial<MirrorRow>, lease?: Lease) {
    return withLease(db, lease, now, (db) =>
      db.updateTable("mirrors").set(change).where("id", "=", mirrorId).execute(),
    );
  }

  return {
    create(firmId, userId, form) {
      return db.transaction().execute(async (trx) => {
        await trx
          .updateTable("mirrors")
          .set({ gone: 1 })
          .where("firm_id", "=", firmId)
          .where("gone", "=", 0)
          .execute();
        const row = await trx
          .insertInto("mirrors")
          .values({
            id: randomInt(2 ** 48 - 1),
            firm_id: firmId,
            user_id: userId,
            form,
            gone: 0,
            begun_at: now(),
            pass_after: 0,
            pass_read: 0,
            pass_wanted: 0,
            users: 0,
            contacts: 0,
            matters: 0,
            users_revision: 0,
            failures: 0,
            retry_at: 0,
          } as MirrorRow)
          .returningAll()
          .executeTakeFirstOrThrow();
        return toMirror(row);
      });
    },

    async ofFirm(firmId) {
      const [row] = await ofFirm({ firmId });
      return row ? toFirmMirror(row) : null;
    },

    async summary(firmId) {
      const [row] = await standingOf({ firmId });
      if (!row) return null;
      const { id, user_id: userId, form: formatVersion, users_revision: usersRevision } = row;
      if (id === null || userId === null || formatVersion === null || usersRevision === null)
        return { lookupUserId: row.answering_user_id, mirror: null };
      const { complete_at: completeAt, polled_at: polledAt } = row;
      return {
        lookupUserId: row.answering_user_id,
        mirror: { id, userId, formatVersion, completeAt, polledAt, usersRevision },
      };
    },

    async all() {
      const everyFirm = acrossFirms(db, "the keeper looks at each of them in turn");
      const rows = await firmMirrors(everyFirm).orderBy("firms.admitted_at").orderBy("firms.id").execute();
      return rows.map(toFirmMirror);
    },

    async needingWork(upToDateBefore) {
      const rows = await acrossFirms(db, "which firms the keeper has to look at")
        .selectFrom("mirrors")
        .select("firm_id")
        .where("gone", "=", 0)
        .where("retry_at", "<=", now())
        .where(({ or, eb, exists, selectFrom }) =>
          or([
            eb("complete_at", "is", null),
            eb("pass_kind", "is not", null),
            eb("pass_wanted", "=", 1),
            eb("polled_at", "<=", upToDateBefore),
            exists(
              selectFrom("noted_changes")
                .select("record_id")
                .whereRef("noted_changes.mirror_id", "=", "mirrors.id"),
            ),
          ]),
        )
        .execute();
      return rows.map(({ firm_id }) => firm_id);
    },

    async discard(firmId) {
      await db
        .updateTable("mirrors")
        .set({ gone: 1 })
        .where("firm_id", "=", firmId)
        .where("gone", "=", 0)
        .execute();
    },

    async discardOrphans() {
      await acrossFirms(db, "whose firm is not admitted any more has nobody left to name it")
        .updateTable("mirrors")
        .set({ gone: 1 })
        .where("gone", "=", 0)
        .where("firm_id", "not in", ({ selectFrom }) => selectFrom("firms").select("firms.id"))
        .execute();
    },

    async sweep(rows) {
      const anyGone = acrossFirms(db, "what was given up goes, whosever it was");
      const gone = await anyGone
        .selectFrom("mirrors")
        .select("id")
        .where("gone", "=", 1)
        .limit(1)
        .executeTakeFirst();
      if (!gone) return false;
      const some = (table: "mirror_records" | "mirror_terms" | "noted_changes", column: string) =>
        sql`delete from ${sql.table(table)} where mirror_id = ${gone.id} and ${sql.ref(column)} in (
          select ${sql.ref(column)} from ${sql.table(table)} where mirror_id = ${gone.id} limit ${rows})`.execute(
          anyGone,
        );
      const deleted = [
        await some("mirror_terms", "hash"),
        await some("mirror_records", "id"),
        await some("noted_changes", "record_id"),
      ];
      if (deleted.every(({ numAffectedRows }) => (numAffectedRows ?? 0n) === 0n))
        await db.deleteFrom("mirrors").where("id", "=", gone.id).execute();
      return true;
    },

    async requestFullSync(firmId) {
      await db
        .updateTable("mirrors")
        .set({ pass_wanted: 1, retry_at: 0 })
        .where("firm_id", "=", firmId)
        .where("gone", "=", 0)
        .execute();
    },

    async startFullSync(mirrorId, { contacts, matters }, lease) {
      const begun: Partial<MirrorRow> = {
        pass_kind: "user",
        pass_after: 0,
        pass_next: null,
        pass_begun_at: now(),
        pass_contacts: contacts,
        pass_matters: matters,
        pass_read: 0,
        pass_wanted: 0,
      };
      await update(mirrorId, begun, lease);
    },

    async advanceFullSync(mirrorId, { kind, after, next, read }, lease) {
      await update(mirrorId, { pass_kind: kind, pass_after: after, pass_next: next, pass_read: read }, lease);
    },

    async completeFullSync(mirrorId, lease) {
      await withLease(db, lease, now, (db) =>
        db
          .updateTable("mirrors")
          .set(({ ref, fn, val }) => ({
            // What changed behind the first pass is read by the next poll.
            polled_at: fn.coalesce("polled_at", "pass_begun_at"),
            complete_at: fn.coalesce(ref("complete_at"), val(now())),
            passed_at: now(),
            pass_kind: null,
            pass_next: null,
            pass_begun_at: null,
          }))
          .where("id", "=", mirrorId)
          .execute(),
      );
    },

    async recordPoll(mirrorId, upTo, lease) {
      await update(mirrorId, { polled_at: upTo }, lease);
    },

    async recordWebhookCheck(mirrorId, address, trouble) {
      await update(mirrorId, {
        hooks_checked_at: now(),
        hooks_address: address,
        hooks_trouble: trouble,
      });
    },

    async recordSuccess(mirrorId) {
      await db
        .updateTable("mirrors")
        .set({ trouble: null, failures: 0, retry_at: 0 })
        .where("id", "=", mirrorId)
        .where("failures", ">", 0)
        .execute();
    },

    async recordFailure(mirrorId, trouble, retryAt) {
      await db
        .updateTable("mirrors")
        .set(({ eb }) => ({ trouble, retry_at: retryAt, failures: eb("failures", "+", 1) }))
        .where("id", "=", mirrorId)
        .execute();
    },

    async totals() {
      const row = await acrossFirms(db, "counts for the operator, of nobody in particular")
        .selectFrom("mirrors")
        .select(({ fn }) => [
          fn.sum<number | null>("users").as("users"),
          fn.sum<number | null>("contacts").as("contacts"),
          fn.sum<number | null>("matters").as("matters"),
          fn
            .min<number | null>("polled_at")
            .filterWhere("complete_at", "is not", null)
            .as("oldest_polled_at"),
        ])
        .where("gone", "=", 0)
        .executeTakeFirstOrThrow();
      return {
        users: Number(row.users ?? 0),
        contacts: Number(row.contacts ?? 0),
        matters: Number(row.matters ?? 0),
        oldestPolledAt: row.oldest_polled_at,
      };
    },
  };
}

type FirmMirrorRow = { the_firm_id: string; answering_user_id: number | null; changes_noted: unknown } & {
  [Column in keyof MirrorRow]: MirrorRow[Column] | null;
};

function toFirmMirror(row: FirmMirrorRow): FirmMirror {
  return {
    firmId: row.the_firm_id,
    lookupUserId: row.answering_user_id,
    mirror: row.id === null ? null : toMirror(row as Selectable<MirrorRow>),
    hasPendingChanges: Boolean(row.changes_noted),
  };
}

function toMirror(row: Selectable<MirrorRow>): Mirror {
  return {
    id: row.id,
    firmId: row.firm_id,
    userId: row.user_id,
    formatVersion: row.form,
    startedAt: row.begun_at,
    completeAt: row.complete_at,
    fullSync:
      row.pass_kind === null
        ? null
        : {
            kind: row.pass_kind,
            after: row.pass_after,
            next: row.pass_next,
            startedAt: row.pass_begun_at ?? row.begun_at,
            contacts: row.pass_contacts ?? 0,
            matters: row.pass_matters ?? 0,
            read: row.pass_read,
          },
    fullSyncRequested: row.pass_wanted === 1,
    fullSyncedAt: row.passed_at,
    polledAt: row.polled_at,
    changedAt: row.changed_at,
    records: { users: row.users, contacts: row.contacts, matters: row.matters },
    usersRevision: row.users_revision,
    webhooksCheckedAt: row.hooks_checked_at,
    webhooksAddress: row.hooks_address,
    webhooksErrorCode: row.hooks_trouble,
    lastErrorCode: row.trouble,
    failures: row.failures,
    retryAt: row.retry_at,
  };
}
