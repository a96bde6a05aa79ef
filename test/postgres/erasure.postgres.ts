import { join } from "node:path";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { deleteFirm } from "../../src/commands/firms/delete-firm.ts";
import { openPostgres } from "../../src/store/db/postgres/postgres.ts";
import { createSealer } from "../../src/store/encryption/sealing.ts";
import { openStore } from "../../src/store/store.ts";
import { type PostgresServer, startPostgres } from "../../testkit/postgres.ts";
import { filesIn, type SealedValue, sealedValuesOf, searchForRemains } from "../../testkit/remains.ts";
import { contact, matter } from "../store/battery/records.ts";
import { token, user } from "../store/fixtures.ts";

const SECRET_KEY = new Uint8Array(32).fill(1);
const CONTACTS = 200;

let postgres: PostgresServer;
beforeAll(async () => {
  // Without autovacuum, everything that was deleted is still in the files, as it is until PostgreSQL vacuums.
  postgres = await startPostgres({ autovacuum: "off" });
});
afterAll(() => postgres.close());

/** Two firms, each with two users and a mirror. */
async function setUp() {
  const url = await postgres.freshDatabase();
  const open = () => openStore({ kind: "postgres", url }, createSealer([SECRET_KEY]));
  const store = await open();
  const db = await openPostgres<object>(url);
  onTestFinished(async () => {
    await Promise.all([store.close(), db.destroy()]);
  });
  for (const accountId of [1, 2]) {
    const firmId = `us-${accountId}`;
    await store.firms.admit({ region: "us", accountId, name: "Doe LLP" }, { onlyFirst: false });
    for (const userId of [350, 351]) await store.connections.save(user(firmId, userId));
    const { id } = await store.webhooks.add(
      { firmId, userId: 350, model: "contact", expiresAt: 0 },
      (id) => id,
    );
    await store.webhooks.confirmHandshake(id, "a secret of Clio's");
    const mirror = await store.mirrors.create(firmId, 350, "format");
    const ids = Array.from({ length: CONTACTS }, (_, at) => at + 1);
    const { put } = store.mirrorRecords;
    await put(
      mirror.id,
      "contact",
      ids.map((id) => contact(id, [`whole ${id}`])),
      "no-deletions",
    );
    await put(
      mirror.id,
      "matter",
      ids.map((id) => matter(id, id)),
      "no-deletions",
    );
  }
  const values = (firmId: string) =>
    sealedValuesOf(firmId, async (query) => (await sql.raw<Record<string, unknown>>(query).execute(db)).rows);
  /** @param folder `base` has the tables, `pg_wal` the log; with both, an attacker has everything */
  const search = async (folders: readonly string[], of: readonly SealedValue[]) => {
    // A clean restart writes everything to the files, unlogged tables included.
    await postgres.stop("fast");
    await postgres.start();
    const files = folders.flatMap((folder) => filesIn(join(postgres.dataFolder, folder)));
    return searchForRemains(files, of, [SECRET_KEY]);
  };
  return { store, open, db, values, search };
}

const ofKind = (kind: SealedValue["kind"], values: readonly SealedValue[]) =>
  values.filter((value) => value.kind === kind);

describe("what PostgreSQL still stores of a removed firm", () => {
  it("can't be decrypted: no record at all, and no token or webhook secret from the tables", async () => {
    const { store, values, search } = await setUp();
    const removed = await values("us-1");
    const kept = await values("us-2");
    expect(removed).toHaveLength(2 * CONTACTS + 2 + 1);
    expect((await search(["base"], removed)).opened).toHaveLength(removed.length);

    expect(await deleteFirm(store, "us-1")).toBe(true);
    const inTables = await search(["base"], removed);
    // Dead rows are still there. Only the keys were destroyed.
    expect(inTables.found.length).toBeGreaterThan(CONTACTS);
    expect(inTables.opened).toHaveLength(0);
    const everywhere = await search(["base", "pg_wal"], removed);
    expect(everywhere.found).toHaveLength(removed.length);
    expect(ofKind("record", everywhere.opened)).toHaveLength(0);
    // The documented limit: the WAL still has the keys of connections.
    expect(ofKind("token", everywhere.opened)).toHaveLength(2);

    expect((await search(["base"], kept)).opened).toHaveLength(kept.length);
    expect(await store.connections.find("us-2", 350)).toMatchObject({ token: token("350") });
  });
});

it("an erasure waits until a backup that reads the keys is done", async () => {
  const { store, db, values, search } = await setUp();
  const removed = await values("us-1");
  await store.firms.remove("us-1");
  await db.transaction().execute(async (backup) => {
    await sql`select * from mirror_keys`.execute(backup);
    expect(await store.erasure.finish()).toBe(false);
  });
  expect((await search(["base"], removed)).opened).toHaveLength(removed.length);
  expect(await store.erasure.finish()).toBe(true);
  expect((await search(["base"], removed)).opened).toHaveLength(0);
});

it("a crash of PostgreSQL loses no mirror that a running process has used", async () => {
  const { store, open } = await setUp();
  const mirrorId = (await store.mirrors.findByFirm("us-1"))?.mirror?.id ?? 0;
  const contactIds = async ({ mirrorRecords }: typeof store) =>
    (await mirrorRecords.contactsByTerms(mirrorId, ["whole 7"])).map(({ id }) => id);
  expect(await contactIds(store)).toEqual([7]);
  await postgres.stop("immediate");
  await postgres.start();
  await expect.poll(() => contactIds(store).catch(() => null)).toEqual([7]);
  await store.mirrorKeys.restoreLost();
  const other = await open();
  onTestFinished(() => other.close());
  expect(await contactIds(other)).toEqual([7]);
});
