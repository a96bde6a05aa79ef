import { type Kysely, sql } from "kysely";
import type { Schema } from "../src/store/db/schema.ts";
import { createSealer, type Sealer } from "../src/store/encryption/sealing.ts";
import type { StoredToken } from "../src/store/repositories/connections.ts";
import { openStore, type Store } from "../src/store/store.ts";
import type { StoreLocation } from "../src/store/store-location.ts";
import { answer, ROUTED } from "../test/store/battery/calls.ts";
import { contact, matter, staff } from "../test/store/battery/records.ts";
import { NOON, token, user } from "../test/store/fixtures.ts";

const SMALL_KEY = new Uint8Array(32).fill(7);
export const SMALL_SEALER = createSealer([SMALL_KEY]);

/** The settings with which a command uses a store without a service. */
export function settingsFor(path: string, secretKeys: readonly Uint8Array[] = [SMALL_KEY]) {
  return {
    PUBLIC_URL: "http://127.0.0.1:3000",
    CLIO_CLIENT_ID: "sandbox-client",
    CLIO_CLIENT_SECRET: "sandbox-secret",
    SECRET_KEY: secretKeys.map((key) => Buffer.from(key).toString("base64")).join(),
    DATABASE_URL: `sqlite:${path}`,
  };
}

/** Opens a store, does something with it, and closes it. */
export async function withStore<T>(
  location: StoreLocation,
  work: (store: Store) => Promise<T>,
  { sealer = SMALL_SEALER, now = NOON }: { sealer?: Sealer; now?: number } = {},
): Promise<T> {
  const store = await openStore(location, sealer, () => now);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** A newer token than the others. */
export function laterToken(mark: string, byMs: number): StoredToken {
  return { ...token(mark), obtainedAt: NOON + byMs };
}

/** Creates an SQLite store of two firms, with two connections, a key, a webhook and a mirror of six records. */
export function createSmallStore(path: string): Promise<{ generation: number }> {
  return withStore({ kind: "sqlite", path }, async (store) => {
    await store.firms.admit({ region: "us", accountId: 1, name: "Doe LLP" }, { onlyFirst: false });
    await store.firms.admit({ region: "us", accountId: 2, name: "Roe LLP" }, { onlyFirst: false });
    const { generation } = await store.connections.save({ ...user("us-1", 350), token: token("first") });
    await store.connections.save({ ...user("us-2", 351), token: token("second") });
    await store.apiKeys.create("us-1", "Front desk");
    await store.administrators.add("us-1", 350);
    await store.auditEvents.add({
      firmId: "us-1",
      kind: "connected",
      actor: { userId: 350, userName: "Felix Dubinsky" },
      subject: null,
      detail: null,
      origin: "203.0.113.7",
    });
    await store.firms.recordCall("us-1", NOON);
    await store.invitations.create();
    await store.leases.acquire("mirror us-1", "a killed process", 60_000);
    const { id } = await store.webhooks.add(
      { firmId: "us-1", userId: 350, model: "contact", expiresAt: NOON },
      (id) => `https://router.example.com/webhooks/clio/${id}`,
    );
    await store.webhooks.confirmHandshake(id, "a secret of Clio's");
    await store.usedStates.consume("a-state", NOON + 60_000);
    await store.revokedSessions.revoke("a-session", NOON + 60_000);
    const mirror = await store.mirrors.create("us-1", 350, "format");
    await store.mirrors.startFullSync(mirror.id, { contacts: 3, matters: 0 });
    const contacts = [1, 2, 3].map((id) => contact(id, [`term ${id}`, "shared"]));
    await store.mirrorRecords.put(mirror.id, "contact", contacts, "no-deletions");
    await store.mirrorRecords.put(mirror.id, "matter", [matter(5, 1), matter(6, null)], "no-deletions");
    await store.mirrorRecords.put(mirror.id, "user", [staff(350)], "no-deletions");
    await store.mirrors.completeFullSync(mirror.id);
    await store.pendingChanges.add(mirror.id, "matter", [5]);
    await store.calls.record("us-1", [answer(ROUTED)]);
    return { generation };
  });
}

/** All rows of the tables, in an order that is the same in both engines. */
export async function allRows(
  db: Kysely<Schema>,
  tables: readonly string[],
): Promise<Record<string, string[]>> {
  const rows: Record<string, string[]> = {};
  for (const table of tables) {
    const all = await sql<object>`select * from ${sql.table(table)}`.execute(db);
    rows[table] = all.rows
      .map((row) => JSON.stringify(Object.entries(row).toSorted(([one], [other]) => (one < other ? -1 : 1))))
      .toSorted();
  }
  return rows;
}
