import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createSealer } from "../../src/store/encryption/sealing.ts";
import { openStore } from "../../src/store/store.ts";
import { type PostgresServer, startPostgres } from "../../testkit/postgres.ts";
import { contact, idsOf, matter } from "../store/battery/records.ts";
import { user } from "../store/fixtures.ts";

const CONTACTS = 1_000;
const CALLS = 20;

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startPostgres({ autovacuum: "off" });
});
afterAll(() => postgres.close());

it("finds a caller without reading the whole firm, in tables that PostgreSQL has not analyzed yet", async () => {
  const url = await postgres.freshDatabase();
  const sealer = createSealer([new Uint8Array(32).fill(1)]);
  const open = () => openStore({ kind: "postgres", url }, sealer);

  const writer = await open();
  await writer.firms.admit({ region: "us", accountId: 1, name: "Doe LLP" }, { onlyFirst: false });
  await writer.connections.save(user("us-1", 350));
  const { id } = await writer.mirrors.create("us-1", 350, "format");
  const contacts = Array.from({ length: CONTACTS }, (_, at) => contact(at + 1, [`term ${at + 1}`, "all"]));
  await writer.mirrorRecords.put(id, "contact", contacts, "no-deletions");
  const matters = contacts.map((_, at) => matter(CONTACTS + at + 1, at + 1));
  await writer.mirrorRecords.put(id, "matter", matters, "no-deletions");
  await writer.close();
  const before = await rowsRead(url);

  const reader = await open();
  for (let call = 1; call <= CALLS; call += 1) {
    const either = await reader.mirrorLookups.contactsByEitherTerm("us-1", [
      `term ${call}`,
      `term ${call + 1}`,
    ]);
    const found = await either.find();
    expect(idsOf(found.map((one) => one.contact))).toEqual([call, call + 1]);
    expect(found.flatMap((one) => idsOf(one.matters())).toSorted()).toEqual([
      CONTACTS + call,
      CONTACTS + call + 1,
    ]);
    const matters = await reader.mirrorLookups.mattersOfContact("us-1", call);
    expect(idsOf((await matters.find())?.matters ?? [])).toEqual([CONTACTS + call]);
    expect(idsOf(await reader.mirrorRecords.contactsByTerms(id, [`term ${call}`]))).toEqual([call]);
  }
  await reader.close();
  expect((await rowsRead(url)) - before).toBeLessThan(CONTACTS);
});

/** The number of rows read from all tables so far. Waits until all other connections are closed, which is when they report it. */
async function rowsRead(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const others = async () =>
      (
        await client.query(
          "select 1 from pg_stat_activity where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()",
        )
      ).rowCount;
    await expect.poll(others).toBe(0);
    const { rows } = await client.query(
      `select (select coalesce(sum(seq_tup_read), 0) from pg_stat_user_tables)
            + (select coalesce(sum(idx_tup_read), 0) from pg_stat_user_indexes) as read`,
    );
    return Number(rows[0].read);
  } finally {
    await client.end();
  }
}
