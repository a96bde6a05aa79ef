import { sql } from "kysely";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { openPostgres } from "../../src/store/db/postgres/postgres.ts";
import { createSealer } from "../../src/store/encryption/sealing.ts";
import { openStore } from "../../src/store/store.ts";
import { type PostgresServer, startPostgres } from "../../testkit/postgres.ts";
import { batteryOfTests } from "../store/battery.ts";

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.close());

batteryOfTests("PostgreSQL", async () => {
  const url = await postgres.freshDatabase();
  return {
    location: { kind: "postgres", url },
    open: (sealer, now) => openStore({ kind: "postgres", url }, sealer, now),
    destroy: () => postgres.dropDatabase(url),
  };
});

it("is migrated once if eight processes open it at the same time", async () => {
  const location = { kind: "postgres" as const, url: await postgres.freshDatabase() };
  const sealer = createSealer([new Uint8Array(32).fill(1)]);
  const stores = await Promise.all(Array.from({ length: 8 }, () => openStore(location, sealer)));
  await Promise.all(stores.map(({ firms }) => firms.count())).then((counts) =>
    expect(counts).toEqual(stores.map(() => 0)),
  );
  await Promise.all(stores.map((store) => store.close()));
});

it("still answers after a newer version has changed a table", async () => {
  const url = await postgres.freshDatabase();
  const store = await openStore({ kind: "postgres", url }, createSealer([new Uint8Array(32).fill(1)]));
  onTestFinished(() => store.close());
  await store.firms.admit({ region: "us", accountId: 1, name: "Doe LLP" }, { onlyFirst: false });
  // Often enough for the query to be prepared.
  for (let times = 0; times < 20; times++) expect(await store.firms.find("us-1")).not.toBeNull();
  const newer = await openPostgres<unknown>(url);
  await newer.schema.alterTable("firms").addColumn("of_a_newer_version", "text").execute();
  await newer.destroy();
  for (let times = 0; times < 20; times++)
    expect(await store.firms.find("us-1")).toMatchObject({ id: "us-1", name: "Doe LLP" });
});

it("fails a query whose connection the server breaks, and uses another connection for the next", async () => {
  const db = await openPostgres<object>(await postgres.freshDatabase());
  const broken = db
    .transaction()
    .execute(async (trx) => {
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(trx);
      await sql`select pg_terminate_backend(${rows[0]?.pid})`.execute(db);
      await sql`select 1`.execute(trx);
    })
    .catch((error: unknown) => error);
  expect(await broken).toBeInstanceOf(Error);
  expect((await sql`select 1 as one`.execute(db)).rows).toEqual([{ one: 1 }]);
  await db.destroy();
});
