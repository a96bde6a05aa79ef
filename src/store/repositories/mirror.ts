import type { Selectable } from "kysely";
import type { RecordKind } from "../../calls/firm-record.ts";
import type { MirrorRow } from "../db/schema.ts";

/** A full sync that is running: it reads everything a firm has in Clio, kind by kind and page by page. */
export interface FullSync {
  /** The kind of records it is reading, or the check which of the relationships still exist. */
  readonly kind: RecordKind | "relationship_check";
  /** It has read all records of that kind up to this ID. */
  readonly after: number;
  /** Clio's URL of the next page; null for the first page of a kind. */
  readonly next: string | null;
  readonly startedAt: number;
  /** How many contacts and matters Clio reported when it started. */
  readonly contacts: number;
  readonly matters: number;
  /** How many contacts and matters it has read. */
  readonly read: number;
}

/** The local copy of a firm's records in Clio, as one connected user sees them. Times are milliseconds since 1970. */
export interface Mirror {
  readonly id: number;
  readonly firmId: string;
  /** The user whose connection it is read through. */
  readonly userId: number;
  /** What the records are written with. A mirror in another format can't be searched. Empty if no secret key opens them. */
  readonly formatVersion: string;
  readonly startedAt: number;
  /** When the first full sync ended. Until then it is null, and no call is answered from the mirror. */
  readonly completeAt: number | null;
  readonly fullSync: FullSync | null;
  readonly fullSyncRequested: boolean;
  /** When the last full sync ended. */
  readonly fullSyncedAt: number | null;
  /** The mirror has every change made in Clio up to this moment. */
  readonly polledAt: number | null;
  /** When a record of the mirror last changed. */
  readonly changedAt: number | null;
  readonly records: { readonly users: number; readonly contacts: number; readonly matters: number };
  /** Changes with every change to a user. */
  readonly usersRevision: number;
  readonly webhooksCheckedAt: number | null;
  /** The service's address that the webhooks were last checked against. */
  readonly webhooksAddress: string | null;
  /** The error code of the last webhook check; null if it succeeded. */
  readonly webhooksErrorCode: string | null;
  /** The error code of the last sync step; null if it succeeded. */
  readonly lastErrorCode: string | null;
  /** Sync steps that failed in a row. */
  readonly failures: number;
  /** No sync step runs before this moment. */
  readonly retryAt: number;
}

/** A firm with its lookup account and its mirror. */
export interface FirmMirror {
  readonly firmId: string;
  /** The user whose connection is used for lookups (`Connections.lookupAccount`); null if no user is connected. */
  readonly lookupUserId: number | null;
  readonly mirror: Mirror | null;
  readonly hasPendingChanges: boolean;
}

/** What decides whether calls are answered from a mirror. */
export type MirrorSummary = Pick<
  Mirror,
  "id" | "userId" | "formatVersion" | "completeAt" | "polledAt" | "usersRevision"
>;

export function toMirror(row: Selectable<MirrorRow>): Mirror {
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
