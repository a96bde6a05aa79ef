import type { Kysely } from "kysely";
import { type AttemptCounts, createAttemptCounts } from "./coordination/attempt-counts.ts";
import { createLeases, type Leases } from "./coordination/leases.ts";
import { createAdvisoryLocks, createInProcessLocks, type Locks } from "./coordination/locks.ts";
import { createRateLimitWindows, type RateLimitWindows } from "./coordination/rate-limit-windows.ts";
import { migrate } from "./db/migrate.ts";
import { MIGRATIONS } from "./db/migrations/index.ts";
import { openPostgres } from "./db/postgres/postgres.ts";
import type { Schema } from "./db/schema.ts";
import { compactOnce, openSqlite } from "./db/sqlite/sqlite.ts";
import { WalSync } from "./db/sqlite/wal-sync.ts";
import { acrossFirms, guardTenants } from "./db/tenant-guard.ts";
import type { Sealer } from "./encryption/sealing.ts";
import { createErasure, type Erasure } from "./erasure.ts";
import { type AbsenceCalendars, createAbsenceCalendars } from "./repositories/absence-calendars.ts";
import { type Absences, createAbsences } from "./repositories/absences.ts";
import { type AddedRules, createAddedRules } from "./repositories/added-rules.ts";
import { type Administrators, createAdministrators } from "./repositories/administrators.ts";
import { type ApiKeys, createApiKeys } from "./repositories/api-keys.ts";
import { type AuditEvents, createAuditEvents } from "./repositories/audit-events.ts";
import { type CallKeys, createCallKeys } from "./repositories/call-keys.ts";
import { type CallList, createCallList } from "./repositories/call-list.ts";
import { type CallOutbox, createCallOutbox } from "./repositories/call-outbox.ts";
import { type CallReports, createCallReports } from "./repositories/call-reports.ts";
import { type Calls, createCalls } from "./repositories/calls.ts";
import { type Connections, createConnections } from "./repositories/connections.ts";
import { createFirmKeys, type FirmKeys } from "./repositories/firm-keys.ts";
import { createFirms, type Firms } from "./repositories/firms.ts";
import { createInvitations, type Invitations } from "./repositories/invitations.ts";
import { createKeyReveals, type KeyReveals } from "./repositories/key-reveals.ts";
import { createMirrorKeys, type MirrorKeys } from "./repositories/mirror-keys.ts";
import { createMirrorLookups, type MirrorLookups } from "./repositories/mirror-lookups.ts";
import { createMirrorRecords, type MirrorRecords } from "./repositories/mirror-records.ts";
import { createMirroredMatters, type MirroredMatters } from "./repositories/mirrored-matters.ts";
import { createMirrors, type Mirrors } from "./repositories/mirrors.ts";
import { createPendingChanges, type PendingChanges } from "./repositories/pending-changes.ts";
import { RecentKeys } from "./repositories/recent-keys.ts";
import { createReportedCalls, type ReportedCalls } from "./repositories/reported-calls.ts";
import { createRevokedSessions, type RevokedSessions } from "./repositories/revoked-sessions.ts";
import { createUsedStates, type UsedStates } from "./repositories/used-states.ts";
import { createWebhooks, type Webhooks } from "./repositories/webhooks.ts";
import { rewrapKeys } from "./rewrap-keys.ts";
import type { StoreLocation } from "./store-location.ts";

/**
 * Everything the service stores. When a method that writes resolves, what it wrote survives a power failure. The exception is, on
 * SQLite, records of mirrors, how far they have been read, leases, and answers to callers: they survive a crash of the process,
 * and a power failure once a later write has resolved.
 */
export interface Store {
  readonly firms: Firms;
  readonly firmKeys: FirmKeys;
  readonly addedRules: AddedRules;
  readonly connections: Connections;
  readonly administrators: Administrators;
  readonly auditEvents: AuditEvents;
  readonly apiKeys: ApiKeys;
  readonly keyReveals: KeyReveals;
  readonly usedStates: UsedStates;
  readonly revokedSessions: RevokedSessions;
  readonly invitations: Invitations;
  readonly mirrors: Mirrors;
  readonly mirrorKeys: MirrorKeys;
  readonly mirrorRecords: MirrorRecords;
  readonly mirrorLookups: MirrorLookups;
  readonly mirroredMatters: MirroredMatters;
  readonly pendingChanges: PendingChanges;
  readonly webhooks: Webhooks;
  readonly callKeys: CallKeys;
  readonly calls: Calls;
  readonly callReports: CallReports;
  readonly callList: CallList;
  readonly callOutbox: CallOutbox;
  readonly reportedCalls: ReportedCalls;
  readonly absences: Absences;
  readonly absenceCalendars: AbsenceCalendars;
  readonly leases: Leases;
  readonly locks: Locks;
  readonly rateLimitWindows: RateLimitWindows;
  readonly attemptCounts: AttemptCounts;
  readonly erasure: Erasure;
  /** Throws if the database doesn't answer (`docs/reference/endpoints.md`, "GET /readyz"). */
  ping(): Promise<void>;
  /** Ends running queries and closes the store. Further calls have no effect; all other methods throw from then on. */
  close(): Promise<void>;
}

/**
 * Opens the store. Creates it if it doesn't exist, migrates an older one, and wraps every data key with the newest secret key.
 *
 * @param location `settings.databaseUrl`: an SQLite file, whose folder is created if necessary, for one process; or a
 *   PostgreSQL database, for any number of processes
 * @param now the clock, in milliseconds since 1970
 * @param warn called with a sentence for the operator if other users could access the SQLite file
 * @throws MigrationError if the store is newer than this version of the service, or a migration fails;
 *   DatabaseConnectionError if PostgreSQL can't be reached; otherwise the error of SQLite, PostgreSQL or the file system
 */
export async function openStore(
  location: StoreLocation,
  sealer: Sealer,
  now: () => number = Date.now,
  warn?: (sentence: string) => void,
): Promise<Store> {
  const unguarded = await openDatabase(location, warn);
  const lockPool = location.kind === "postgres" ? await openLockPool(location.url, unguarded) : null;
  const db = guardTenants(unguarded);
  try {
    await rewrapKeys({ db, sealer, now });
    if (location.kind === "sqlite") await compactOnce(unguarded);
  } catch (error) {
    await Promise.all([unguarded.destroy(), lockPool?.destroy()]);
    throw error;
  }
  const mirrorKeys = createMirrorKeys(db, sealer);
  const recentKeys = new RecentKeys();
  const firmKeys = createFirmKeys(db, sealer);
  const callKeys = createCallKeys(db, sealer, now);
  const walSync = location.kind === "sqlite" ? new WalSync(location.path) : null;
  const waitForDisk = async () => walSync?.wait();

  return {
    firms: createFirms(db, recentKeys, now),
    firmKeys,
    addedRules: createAddedRules(db, firmKeys, now),
    connections: createConnections(db, sealer, now),
    administrators: createAdministrators(db, sealer),
    auditEvents: createAuditEvents(db, sealer, now),
    apiKeys: createApiKeys(db, recentKeys, now),
    keyReveals: createKeyReveals(db, now),
    usedStates: createUsedStates(db, now),
    revokedSessions: createRevokedSessions(db, now),
    invitations: createInvitations(db, now),
    mirrors: createMirrors(db, sealer, mirrorKeys, now),
    mirrorKeys,
    mirrorRecords: createMirrorRecords(db, mirrorKeys, now),
    mirrorLookups: createMirrorLookups(db, sealer, mirrorKeys),
    mirroredMatters: createMirroredMatters(db, mirrorKeys),
    pendingChanges: createPendingChanges(db, now),
    webhooks: createWebhooks(db, sealer),
    callKeys,
    calls: createCalls(db, callKeys, now),
    callList: createCallList(db, callKeys),
    callOutbox: createCallOutbox(db, callKeys, now),
    callReports: createCallReports(db, callKeys, firmKeys, waitForDisk, now),
    reportedCalls: createReportedCalls(db, now),
    absences: createAbsences(db, firmKeys, now),
    absenceCalendars: createAbsenceCalendars(db, firmKeys),
    leases: createLeases(db, now),
    locks: lockPool ? createAdvisoryLocks(lockPool) : createInProcessLocks(),
    rateLimitWindows: createRateLimitWindows(db, now),
    attemptCounts: createAttemptCounts(db, now),
    erasure: createErasure(db),
    async ping() {
      await acrossFirms(db, "whether the database answers")
        .selectFrom("firms")
        .select("id")
        .limit(1)
        .execute();
    },
    async close() {
      await Promise.all([db.destroy(), lockPool?.destroy()]);
    },
  };
}

/** Opens and migrates a database, without the tenant guard. Throws like `openStore`. */
export async function openDatabase(
  location: StoreLocation,
  warn?: (sentence: string) => void,
): Promise<Kysely<Schema>> {
  if (location.kind === "sqlite") {
    const db = openSqlite<Schema>(location.path, warn);
    await migrateOrClose(db);
    return db;
  }
  // If several processes start at once, one migrates and the others wait: without a time limit, hence another pool.
  const maintenance = await openPostgres<Schema>(location.url, "maintenance");
  await migrateOrClose(maintenance);
  await maintenance.destroy();
  return openPostgres<Schema>(location.url);
}

async function openLockPool(url: string, opened: Kysely<Schema>): Promise<Kysely<Schema>> {
  try {
    return await openPostgres<Schema>(url, "locks");
  } catch (error) {
    await opened.destroy();
    throw error;
  }
}

async function migrateOrClose(db: Kysely<Schema>): Promise<void> {
  try {
    await migrate(db, MIGRATIONS);
  } catch (error) {
    await db.destroy();
    throw error;
  }
}
