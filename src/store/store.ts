import { type BearerKeys, createBearerKeys } from "./bearer-keys.ts";
import { type Connections, createConnections } from "./connections.ts";
import { acrossFirms, guardFirms } from "./firm-guard.ts";
import { createFirms, type Firms } from "./firms.ts";
import { createLeases, type Leases } from "./leases.ts";
import { migrate } from "./migrate.ts";
import { MIGRATIONS } from "./migrations/index.ts";
import { createMirrorRecords, type MirrorRecords } from "./mirror-records.ts";
import { createMirrors, type Mirrors } from "./mirrors.ts";
import { createNotedChanges, type NotedChanges } from "./noted-changes.ts";
import type { Schema } from "./schema.ts";
import type { Sealer } from "./sealing.ts";
import { openSqlite } from "./sqlite.ts";
import { createUsedStates, type UsedStates } from "./used-states.ts";
import { createWebhooks, type Webhooks } from "./webhooks.ts";

/** Everything this service keeps. Once a method that writes resolves, what it wrote survives a power cut. */
export interface Store {
  readonly firms: Firms;
  readonly connections: Connections;
  readonly bearerKeys: BearerKeys;
  readonly usedStates: UsedStates;
  readonly mirrors: Mirrors;
  readonly mirrorRecords: MirrorRecords;
  readonly notedChanges: NotedChanges;
  readonly webhooks: Webhooks;
  readonly leases: Leases;
  /** Resolves while the store answers, else throws the reason (contract, `GET /readyz`). */
  ping(): Promise<void>;
  /** Ends what is under way and closes the store; a second time does nothing. Every other method throws after. */
  close(): Promise<void>;
}

/**
 * Opens the store, makes it where there is none, and brings an older one up to date.
 *
 * @param location `settings.databaseUrl`: a file, in a folder that is made when it is missing
 * @param sealer seals what names a person or opens Clio, and what is mirrored of Clio
 * @param now the clock, in milliseconds since 1970
 * @throws MigrationError when a newer version of this service has been at the store, or a migration fails;
 *   the error of SQLite or the file system when the file cannot be used
 */
export async function openStore(
  location: { readonly path: string },
  sealer: Sealer,
  now: () => number = Date.now,
): Promise<Store> {
  const engine = openSqlite<Schema>(location.path);
  try {
    await migrate(engine, MIGRATIONS);
  } catch (error) {
    await engine.destroy();
    throw error;
  }
  const db = guardFirms(engine);

  return {
    firms: createFirms(db, now),
    connections: createConnections(db, sealer, now),
    bearerKeys: createBearerKeys(db, now),
    usedStates: createUsedStates(db, now),
    mirrors: createMirrors(db, sealer, now),
    mirrorRecords: createMirrorRecords(db, sealer, now),
    notedChanges: createNotedChanges(db),
    webhooks: createWebhooks(db, sealer),
    leases: createLeases(db, now),
    async ping() {
      const anything = acrossFirms(db, "whether the store answers at all");
      await anything.selectFrom("firms").select("id").limit(1).execute();
    },
    close: () => db.destroy(),
  };
}
