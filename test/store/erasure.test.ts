import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it, onTestFinished } from "vitest";
import { deleteFirm } from "../../src/commands/firms/delete-firm.ts";
import { migrate } from "../../src/store/db/migrate.ts";
import { MIGRATIONS } from "../../src/store/db/migrations/index.ts";
import type { Schema } from "../../src/store/db/schema.ts";
import { openSqlite } from "../../src/store/db/sqlite/sqlite.ts";
import { createSealer } from "../../src/store/encryption/sealing.ts";
import { openStore, type Store } from "../../src/store/store.ts";
import { filesIn, type SealedValue, sealedValuesOf, searchForRemains } from "../../testkit/remains.ts";
import { folderForTest } from "../../testkit/service.ts";
import { answer, ROUTED } from "./battery/calls.ts";
import { contact, matter, staff } from "./battery/records.ts";
import { token, user } from "./fixtures.ts";

/** These tests search the files for all deleted data, with every available key. */

const SECRET_KEY = new Uint8Array(32).fill(1);
const SEALER = createSealer([SECRET_KEY]);
const CONTACTS = 300;
const CALLS = 20;
const ABSENCE = { userId: 350, from: 0, until: 1, standInId: 351, note: "Knee surgery" };

/** A store of two firms. Their rows are written in turn, so that they share pages. */
async function setUp() {
  const path = join(await folderForTest(), "data", "router.db");
  const store = await openStore({ kind: "sqlite", path }, SEALER);
  onTestFinished(() => store.close());
  const mirrorIds = new Map<string, number>();
  for (const accountId of [1, 2]) {
    const firmId = `us-${accountId}`;
    await store.firms.admit({ region: "us", accountId, name: "Doe LLP" }, { onlyFirst: false });
    for (const userId of [350, 351]) await connect(store, firmId, userId);
    await store.addedRules.put(firmId, {
      personId: 350,
      values: { name: "Felix Dubinsky", destination: "+16285550160", extension: null },
      addedBy: 350,
    });
    for (let call = 0; call < CALLS; call += 1)
      await store.calls.record(firmId, [answer(ROUTED, { caller: `+1415555${1000 + call}` })]);
    await store.absences.add(firmId, ABSENCE);
    const choice = {
      eventTypes: [{ id: 1, name: "Vacation" }],
      includesAllDay: true,
      includesAttendees: true,
    };
    await store.absenceCalendars.choose(firmId, choice);
    const entries = { absences: [{ userId: 350, from: 0, until: 1 }], hiddenUserIds: [], horizonMs: 0 };
    await store.absenceCalendars.recordEntries(firmId, choice, entries, 0);
    mirrorIds.set(firmId, (await store.mirrors.create(firmId, 350, "format")).id);
  }
  for (let first = 1; first <= CONTACTS; first += 30)
    for (const id of mirrorIds.values()) await fill(store, id, first);
  return { path, store };
}

async function connect(store: Store, firmId: string, userId: number): Promise<void> {
  const { generation } = await store.connections.save(user(firmId, userId));
  await store.connections.saveToken(firmId, userId, token(`second ${userId}`), generation);
  const { id } = await store.webhooks.add({ firmId, userId, model: "contact", expiresAt: 0 }, (id) => id);
  await store.webhooks.confirmHandshake(id, `secret ${userId}`);
}

async function fill(store: Store, mirrorId: number, first: number): Promise<void> {
  const ids = Array.from({ length: 30 }, (_, at) => first + at);
  const { put } = store.mirrorRecords;
  await put(
    mirrorId,
    "contact",
    ids.map((id) => contact(id, [`whole ${id}`, "end 0171"])),
    "no-deletions",
  );
  await put(
    mirrorId,
    "matter",
    ids.map((id) => matter(id, id)),
    "no-deletions",
  );
  await put(mirrorId, "user", [staff(first)], "no-deletions");
}

function valuesOf(path: string, firmId: string): Promise<SealedValue[]> {
  return sealedValuesOf(firmId, (query) => {
    const database = new DatabaseSync(path, { readOnly: true });
    try {
      return database.prepare(query).all();
    } finally {
      database.close();
    }
  });
}

const remainsOf = (path: string, values: readonly SealedValue[]) =>
  searchForRemains(filesIn(dirname(path)), values, [SECRET_KEY]);

async function expectErased(path: string, values: readonly SealedValue[]): Promise<void> {
  const { found, opened } = await remainsOf(path, values);
  expect(opened.map(({ context }) => context)).toEqual([]);
  expect(found.map(({ context }) => context)).toEqual([]);
}

async function sweepAndFinish({ mirrors, erasure }: Store): Promise<void> {
  while (await mirrors.sweep(50));
  expect(await erasure.finish()).toBe(true);
}

describe("nothing that was encrypted is left in SQLite's files", () => {
  it("of a firm that was removed, while everything of another firm still opens", async () => {
    const { path, store } = await setUp();
    const values = await valuesOf(path, "us-1");
    expect(values.length).toBe(2 * CONTACTS + 10 + 1 + 3 + 2 + 2 + CALLS);
    // Proves that the search finds and decrypts existing data.
    const before = await remainsOf(path, values);
    expect(before.found).toHaveLength(values.length);
    expect(before.opened).toHaveLength(values.length);

    await deleteFirm(store, "us-1");
    await expectErased(path, values);
    const others = await valuesOf(path, "us-2");
    expect((await remainsOf(path, others)).opened).toHaveLength(others.length);
    await store.close();
    await expectErased(path, values);
    expect((await remainsOf(path, others)).opened).toHaveLength(others.length);
  });

  it.each<[string, (store: Store, id: string) => Promise<unknown>]>([
    ["removed", ({ absences }, id) => absences.remove("us-1", id)],
    ["changed", ({ absences }, id) => absences.update("us-1", { ...ABSENCE, id, note: null })],
    ["deleted after its end", ({ absences }) => absences.deleteEndedBefore(2, 100)],
  ])("of an absence that was %s", async (_, change) => {
    const { path, store } = await setUp();
    const values = (await valuesOf(path, "us-1")).filter(({ kind }) => kind === "absence");
    expect((await remainsOf(path, values)).opened).toHaveLength(1);
    const [absence] = await store.absences.listByFirm("us-1");
    await change(store, absence?.id ?? "");
    await sweepAndFinish(store);
    await expectErased(path, values);
  });

  it("of a user who was disconnected", async () => {
    const { path, store } = await setUp();
    const all = await valuesOf(path, "us-1");
    await store.connections.remove("us-1", 350);
    const left = new Set((await valuesOf(path, "us-1")).map(({ sealed }) => sealed));
    const removed = all.filter(({ sealed }) => !left.has(sealed));
    expect(removed.map(({ kind }) => kind)).toEqual(["token", "webhook secret"]);
    await sweepAndFinish(store);
    await expectErased(path, removed);
    expect(await store.connections.find("us-1", 351)).toMatchObject({ token: token("second 351") });
  });

  it.each<[string, (store: Store) => Promise<unknown>]>([
    ["discarded", ({ mirrors }) => mirrors.discard("us-1")],
    ["replaced", ({ mirrors }) => mirrors.create("us-1", 351, "format")],
  ])("of a mirror that was %s", async (_, discard) => {
    const { path, store } = await setUp();
    const records = (await valuesOf(path, "us-1")).filter(({ kind }) => kind === "record");
    await discard(store);
    // From here on, no key opens what is still there.
    await store.erasure.finish();
    expect((await remainsOf(path, records)).opened).toHaveLength(0);
    await sweepAndFinish(store);
    await expectErased(path, records);
  });

  it("of a file from before data keys, once it was opened", async () => {
    const path = join(await folderForTest(), "router.db");
    const before = await writeLikeOldVersion(path);
    expect((await remainsOf(path, before)).opened).toHaveLength(before.length);

    const upgraded = await openStore({ kind: "sqlite", path }, SEALER);
    onTestFinished(() => upgraded.close());
    await sweepAndFinish(upgraded);
    await expectErased(path, before);
    expect(await upgraded.connections.find("us-1", 350)).toMatchObject({ token: token("350") });
    expect(await upgraded.webhooks.listByFirm("us-1")).toMatchObject([{ secret: "old secret" }]);
    const after = await valuesOf(path, "us-1");
    expect(after.map(({ kind }) => kind)).toEqual(["token", "webhook secret"]);
  });

  /** Makes a file of an older version, in which values were sealed with the secret key, and deleted without overwriting. */
  async function writeLikeOldVersion(path: string): Promise<SealedValue[]> {
    const { userName, userEmail, token } = user("us-1", 350);
    const seal = async (kind: SealedValue["kind"], value: unknown, context: string) => ({
      kind,
      sealed: await SEALER.seal(value, context),
      context,
    });
    const connection = await seal("token", { userName, userEmail, token }, "connection:us-1:350");
    const secret = await seal("webhook secret", "old secret", "webhook:AAAA");
    const deleted = await Promise.all(
      Array.from({ length: 20 }, (_, at) => seal("token", { at }, `connection:us-1:${at}`)),
    );
    const oldMigrations = Object.entries(MIGRATIONS).filter(([name]) => name < "0010");
    const empty = openSqlite<Schema>(path);
    await migrate(empty, Object.fromEntries(oldMigrations));
    await empty.destroy();
    const database = new DatabaseSync(path);
    database.exec(`PRAGMA secure_delete = OFF; PRAGMA user_version = 0;
      INSERT INTO firms (id, region, account_id, name, admitted_at) VALUES ('us-1', 'us', 1, 'Doe LLP', 1);`);
    const insert = database.prepare(
      "INSERT INTO connections (firm_id, user_id, state, generation, connected_at, preferred, sealed, kid) VALUES ('us-1', ?, 'connected', 1, 1, 0, ?, ?)",
    );
    deleted.forEach(({ sealed }, at) => void insert.run(at, sealed, SEALER.kid));
    database.exec("DELETE FROM connections");
    insert.run(350, connection.sealed, SEALER.kid);
    database
      .prepare(
        "INSERT INTO webhooks (id, firm_id, user_id, model, url, sealed_secret, expires_at) VALUES ('AAAA', 'us-1', 350, 'contact', '', ?, 0)",
      )
      .run(secret.sealed);
    database.close();
    const { found } = await remainsOf(path, deleted);
    expect(found.length).toBeGreaterThan(10);
    return [connection, secret, ...found];
  }
});

describe("an erasure", () => {
  it("is completed later if another process is reading", async () => {
    const { path, store } = await setUp();
    const values = await valuesOf(path, "us-1");
    const reading = new DatabaseSync(path, { readOnly: true });
    reading.exec("BEGIN; SELECT * FROM firms;");
    await store.firms.remove("us-1");
    await store.mirrors.discardOrphans();
    while (await store.mirrors.sweep(50));
    expect(await store.erasure.finish()).toBe(false);
    expect((await remainsOf(path, values)).found.length).toBeGreaterThan(0);

    reading.close();
    expect(await store.erasure.finish()).toBe(true);
    await expectErased(path, values);
  });

  it("is completed by the next process if this one exits first", async () => {
    const { path, store } = await setUp();
    const values = await valuesOf(path, "us-1");
    await store.firms.remove("us-1");
    await store.close();
    const next = await openStore({ kind: "sqlite", path }, SEALER);
    onTestFinished(() => next.close());
    await sweepAndFinish(next);
    await expectErased(path, values);
  });
});

it("a new file overwrites what is deleted, and isn't compacted at each start", async () => {
  const path = join(await folderForTest(), "data", "router.db");
  const db = openSqlite(path);
  onTestFinished(() => db.destroy());
  const database = new DatabaseSync(path);
  expect(database.prepare("PRAGMA user_version").get()).toEqual({ user_version: 1 });
  database.close();
});
