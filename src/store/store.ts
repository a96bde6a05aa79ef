import type { Kysely } from "kysely";
import { createFailedAttempts, type FailedAttempts } from "./coordination/failed-attempts.ts";
import { createLeases, type Leases } from "./coordination/leases.ts";
import { createAdvisoryLocks, createInProcessLocks, type Locks } from "./coordination/locks.ts";
import { createRateLimitWindows, type RateLimitWindows } from "./coordination/rate-limit-windows.ts";
import { migrate } from "./db/migrate.ts";
import { MIGRATIONS } from "./db/migrations/index.ts";
import { openPostgres } from "./db/postgres.ts";
import type { Schema } from "./db/schema.ts";
import { openSqlite } from "./db/sqlite.ts";
import { acrossFirms, guardTenants } from "./db/tenant-guard.ts";
import type { Sealer } from "./encryption/sealing.ts";
import { type ApiKeys, createApiKeys } from "./repositories/api-keys.ts";
import { type Connections, createConnections } from "./repositories/connections.ts";
import { createFirms, type Firms } from "./repositories/firms.ts";
import { createInvitations, type Invitations } from "./repositories/invitations.ts";
import { createMirrorRecords, type MirrorRecords } from "./repositories/mirror-records.ts";
import { createMirrors, type Mirrors } from "./repositories/mirrors.ts";
import { createPendingChanges, type PendingChanges } from "./repositories/pending-changes.ts";
import { createUsedStates, type UsedStates } from "./repositories/used-states.ts";
import { createWebhooks, type Webhooks } from "./repositories/webhooks.ts";
import type { StoreLocation } from "./store-location.ts";

/** Everything this service keeps. Once a method that writes resolves, what it wrote survives a power cut. */
export interface Store {
  readonly firms: Firms;
  readonly connections: Connections;
  readonly apiKeys: ApiKeys;
  readonly usedStates: UsedStates;
  readonly invitations: Invitations;
  readonly mirrors: Mirrors;
  readonly mirrorRecords: MirrorRecords;
  readonly pendingChanges: PendingChanges;
  readonly webhooks: Webhooks;
  readonly leases: Leases;
  readonly locks: Locks;
  readonly rateLimitWindows: RateLimitWindows;
  readonly failedAttempts: FailedAttempts;
  /** Resolves while the store answers, else throws the reason (contract, `GET /readyz`). */
  ping(): Promise<void>;
  /** Ends what is under way and closes the store; a second time does nothing. Every other method throws after. */
  close(): Promise<void>;
}

/**
 * Opens the store, makes it where there is none, and brings an older one up to date.
 *
 * @param location `settings.databaseUrl`: a file, in a folder that is made when it is missing; or a PostgreSQL database,
 *   which any number of processes open at once
 * @param sealer seals what names a person or opens Clio, and what is mirrored of Clio
 * @param now the clock, in milliseconds since 1970
 * @throws MigrationError when a newer version of this service has been at the store, or a migration fails;
 *   the error of SQLite, the file system, the network or PostgreSQL when it cannot be used
 */
export async function openStore(
  location: StoreLocation,
  sealer: Sealer,
  now: () => number = Date.now,
): Promise<Store> {
  const engine = await openDatabase(location);
  const waiting = location.kind === "postgres" ? await openTurns(location.url, engine) : null;
  const db = guardTenants(engine);

  return {
    firms: createFirms(db, now),
    connections: createConnections(db, sealer, now),
    apiKeys: createApiKeys(db, now),
    usedStates: createUsedStates(db, now),
    invitations: createInvitations(db, now),
    mirrors: createMirrors(db, sealer, now),
    mirrorRecords: createMirrorRecords(db, sealer, now),
    pendingChanges: createPendingChanges(db, now),
    webhooks: createWebhooks(db, sealer),
    leases: createLeases(db, now),
    locks: waiting ? createAdvisoryLocks(waiting) : createInProcessLocks(),
    rateLimitWindows: createRateLimitWindows(db, now),
    failedAttempts: createFailedAttempts(db, now),
    async ping() {
      const anything = acrossFirms(db, "whether the store answers at all");
      await anything.selectFrom("firms").select("id").limit(1).execute();
    },
    async close() {
      await Promise.all([db.destroy(), waiting?.destroy()]);
    },
  };
}

/** Opens the database of that place, in the shape that this code needs. */
export async function openDatabase(location: StoreLocation): Promise<Kysely<Schema>> {
  if (location.kind === "postgres") {
    // Of several processes that start at once one migrates and the others wait, for as long as that takes.
    await migrated(await openPostgres<Schema>(location.url, "upkeep"), "and closed");
    return openPostgres<Schema>(location.url);
  }
  return migrated(openSqlite<Schema>(location.path));
}

/** The connections on which one waits for one's turn. Closes what is open already when there are none. */
async function openTurns(url: string, opened: Kysely<Schema>): Promise<Kysely<Schema>> {
  try {
    return await openPostgres<Schema>(url, "turns");
  } catch (error) {
    await opened.destroy();
    throw error;
  }
}

async function migrated(db: Kysely<Schema>, end: "open" | "and closed" = "open"): Promise<Kysely<Schema>> {
  try {
    await migrate(db, MIGRATIONS);
  } catch (error) {
    await db.destroy();
    throw error;
  }
  if (end === "and closed") await db.destroy();
  return db;
}
