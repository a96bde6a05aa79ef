/**
 * `npm run bench:erasure`: what can still be decrypted of a firm after it was removed, by someone who has the database's
 * files and `SECRET_KEY`. Prints a table, and one JSON object on the last line.
 */
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import pg from "pg";
import { deleteFirm } from "../../src/commands/firms/delete-firm.ts";
import { createSealer } from "../../src/store/encryption/sealing.ts";
import { openStore, type Store } from "../../src/store/store.ts";
import type { StoreLocation } from "../../src/store/store-location.ts";
import { contact, matter } from "../../test/store/battery/records.ts";
import { user } from "../../test/store/fixtures.ts";
import { startPostgres } from "../../testkit/postgres.ts";
import { filesIn, type SealedValue, sealedValuesOf, searchForRemains } from "../../testkit/remains.ts";
import { temporaryFolder } from "../../testkit/temporary-folder.ts";
import type { Measurement } from "../harness/measurement.ts";
import { parseBenchOptions } from "../harness/parse-bench-options.ts";
import { exitOnSignals, runBenchmarks } from "../harness/run-benchmarks.ts";

const { values: options } = parseBenchOptions({
  options: { contacts: { type: "string", default: "5000" }, matters: { type: "string", default: "3000" } },
});

const SECRET_KEY = new Uint8Array(32).fill(1);
const USERS = [350, 351, 352];
const BATCH_RECORDS = 40;

/** An engine, with its files. */
interface Engine {
  readonly location: StoreLocation;
  query(sql: string): Promise<Record<string, unknown>[]>;
  /** Writes everything to the files. */
  flush(): Promise<void>;
  /** What an operator may run after a removal. */
  vacuum(): Promise<void>;
  /** The database itself, without a log of its changes. */
  tables(): string[];
  /** The log of changes. */
  log(): string[];
}

exitOnSignals();
await runBenchmarks({
  SQLite: async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "data", "router.db");
    return await measure({
      location: { kind: "sqlite", path },
      async query(sql) {
        const database = new DatabaseSync(path, { readOnly: true });
        const rows = database.prepare(sql).all();
        database.close();
        return rows;
      },
      flush: async () => {},
      vacuum: async () => {},
      tables: () => filesIn(dirname(path)),
      log: () => [],
    });
  },
  PostgreSQL: async () => {
    const server = await startPostgres();
    try {
      const url = await server.freshDatabase();
      const query = async (sql: string) => {
        const client = new pg.Client({ connectionString: url });
        await client.connect();
        return client
          .query(sql)
          .then(({ rows }) => rows)
          .finally(() => client.end());
      };
      return await measure({
        location: { kind: "postgres", url },
        query,
        async flush() {
          await server.stop("fast");
          await server.start();
        },
        vacuum: async () => void (await query("vacuum")),
        tables: () => filesIn(join(server.dataFolder, "base")),
        log: () => filesIn(join(server.dataFolder, "pg_wal")),
      });
    } finally {
      await server.close();
    }
  },
});

async function measure(engine: Engine): Promise<Measurement[]> {
  const store = await openStore(engine.location, createSealer([SECRET_KEY]));
  try {
    await fill(store, 1);
    await fill(store, 2);
    await engine.flush();
    const removed = await sealedValuesOf("us-1", engine.query);
    const kept = await sealedValuesOf("us-2", engine.query);
    const before = await search(engine.tables(), removed);

    const start = performance.now();
    const isErased = await deleteFirm(store, "us-1");
    const milliseconds = performance.now() - start;
    await engine.flush();
    const afterRemoval = await search(engine.tables(), removed);
    await engine.vacuum();
    await engine.flush();
    const afterVacuum = await search(engine.tables(), removed);
    const withLog = await search([...engine.tables(), ...engine.log()], removed);
    const others = await search(engine.tables(), kept);
    const records = withLog.opened.filter(({ kind }) => kind === "record");
    return [
      { name: "encrypted values of the firm", value: removed.length, unit: "" },
      {
        name: "which open before",
        value: before.opened.length,
        unit: "",
        target: { atLeast: removed.length },
      },
      { name: "removal", value: milliseconds, unit: "ms" },
      { name: "erased at once", value: Number(isErased), unit: "", target: { atLeast: 1 } },
      { name: "left in the tables", value: afterRemoval.found.length, unit: "" },
      { name: "which open", value: afterRemoval.opened.length, unit: "", target: { atMost: 0 } },
      { name: "left in the tables after VACUUM", value: afterVacuum.found.length, unit: "" },
      { name: "which open", value: afterVacuum.opened.length, unit: "", target: { atMost: 0 } },
      {
        name: "records that open with the log as well",
        value: records.length,
        unit: "",
        target: { atMost: 0 },
      },
      {
        name: "tokens that open with the log as well",
        value: withLog.opened.length - records.length,
        unit: "",
      },
      {
        name: `of another firm's ${kept.length} values, open`,
        value: others.opened.length,
        unit: "",
        target: { atLeast: kept.length },
      },
    ];
  } finally {
    await store.close();
  }
}

function search(files: readonly string[], values: readonly SealedValue[]) {
  return searchForRemains(files, values, [SECRET_KEY]);
}

async function fill(store: Store, accountId: number): Promise<void> {
  const firmId = `us-${accountId}`;
  await store.firms.admit({ region: "us", accountId, name: `Firm ${accountId}` }, { onlyFirst: false });
  for (const userId of USERS) await store.connections.save(user(firmId, userId));
  const { id } = await store.mirrors.create(firmId, 350, "format");
  const records = {
    contact: idsUpTo(Number(options.contacts)).map((id) =>
      contact(id, [`whole ${id}`, `end ${id % 10_000}`]),
    ),
    matter: idsUpTo(Number(options.matters)).map((id) => matter(id, id)),
  };
  for (const kind of ["contact", "matter"] as const)
    for (let at = 0; at < records[kind].length; at += BATCH_RECORDS)
      await store.mirrorRecords.put(id, kind, records[kind].slice(at, at + BATCH_RECORDS), "no-deletions");
}

function idsUpTo(count: number): number[] {
  return Array.from({ length: count }, (_, at) => at + 1);
}
