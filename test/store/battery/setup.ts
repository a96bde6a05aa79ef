import { sql } from "kysely";
import { onTestFinished } from "vitest";
import { createSealer, type Sealer } from "../../../src/store/encryption/sealing.ts";
import { openDatabase, type Store } from "../../../src/store/store.ts";
import type { StoreLocation } from "../../../src/store/store-location.ts";
import { NOON } from "../fixtures.ts";

/** A new, empty database. */
export interface FreshDatabase {
  open(sealer: Sealer, now: () => number): Promise<Store>;
  readonly location: StoreLocation;
  /** Called after every store on it was closed. */
  destroy(): Promise<void>;
}

export const OLD_KEY = new Uint8Array(32).fill(1);
export const NEW_KEY = new Uint8Array(32).fill(2);
export const SEALER = createSealer([OLD_KEY]);

/** A store for one test, deleted afterwards. */
export interface OpenedStore {
  readonly store: Store;
  /** Changes only when a test sets it. */
  readonly clock: { now: number };
  /** Opens the same database again, like another process. */
  readonly open: (sealer?: Sealer) => Promise<Store>;
  /** Runs a statement past the store. */
  readonly runSql: (statement: string) => Promise<void>;
}

/** The engine under test. */
export interface Engine {
  readonly name: string;
  /** An empty store. */
  setUp(): Promise<OpenedStore>;
  /** A store with two firms, `us-1` and `us-2`. */
  setUpFirms(): Promise<OpenedStore>;
}

export function engineUnderTest(name: string, freshDatabase: () => Promise<FreshDatabase>): Engine {
  async function setUp(): Promise<OpenedStore> {
    const database = await freshDatabase();
    const clock = { now: NOON };
    const opened: Store[] = [];
    const open = async (sealer: Sealer = SEALER) => {
      const store = await database.open(sealer, () => clock.now);
      opened.push(store);
      return store;
    };
    onTestFinished(async () => {
      for (const store of opened) await store.close();
      await database.destroy();
    });
    const runSql = async (statement: string) => {
      const db = await openDatabase(database.location);
      await sql.raw(statement).execute(db);
      await db.destroy();
    };
    return { store: await open(), clock, open, runSql };
  }

  return {
    name,
    setUp,
    async setUpFirms() {
      const opened = await setUp();
      const { firms } = opened.store;
      await firms.admit({ region: "us", accountId: 1, name: "Doe LLP" }, { onlyFirst: false });
      await firms.admit({ region: "us", accountId: 2, name: "Roe LLP" }, { onlyFirst: false });
      return opened;
    },
  };
}
