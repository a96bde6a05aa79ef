import { sql } from "kysely";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { CallReporter } from "../../src/call-log/call-reporter.ts";
import { openPostgres } from "../../src/store/db/postgres/postgres.ts";
import { createSealer } from "../../src/store/encryption/sealing.ts";
import { openStore } from "../../src/store/store.ts";
import { type PostgresServer, startPostgres } from "../../testkit/postgres.ts";
import { report } from "../store/battery/call-list.ts";

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.close());

const ROUNDS = 3;

it("the same reports to two processes in different orders are stored once, without a deadlock", async () => {
  const location = { kind: "postgres" as const, url: await postgres.freshDatabase() };
  const sealer = createSealer([new Uint8Array(32).fill(1)]);
  const stores = [await openStore(location, sealer), await openStore(location, sealer)] as const;
  const close = async () => {
    for (const store of stores) await store.close();
  };
  onTestFinished(close);
  await stores[0].firms.admit({ region: "us", accountId: 1, name: "Doe LLP" }, { onlyFirst: false });
  const [one, other] = stores.map(
    ({ callReports }) =>
      new CallReporter({
        reports: callReports,
        callRecorder: { flushCaller: async () => {}, forgetCaller: () => {} },
        onReported: () => {},
        isShared: true,
        now: Date.now,
      }),
  );
  for (let round = 0; round < ROUNDS; round += 1) {
    const reports = Array.from({ length: 40 }, (_, at) => report({ identity: `id ${round} ${at}` }));
    const stored = await Promise.all([
      ...reports.map((single) => one?.report("us-1", single)),
      ...reports.toReversed().map((single) => other?.report("us-1", single)),
    ]);
    expect(stored.filter((result) => result?.isDuplicate === false)).toHaveLength(40);
  }
  // A connection adds its own to the statistics when it is closed.
  await close();
  const db = await openPostgres<object>(location.url);
  onTestFinished(() => db.destroy());
  const { rows } =
    await sql`select deadlocks from pg_stat_database where datname = current_database()`.execute(db);
  expect(rows).toEqual([{ deadlocks: 0 }]);
});
