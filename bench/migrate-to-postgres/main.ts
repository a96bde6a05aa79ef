/**
 * `npm run bench:migrate-to-postgres`: how long it takes to migrate a large firm from SQLite to PostgreSQL, and whether
 * calls are answered as before. Prints a table, and one JSON object on the last line.
 */
import { statSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { ManagedProcess } from "../../testkit/managed-process.ts";
import { startPostgres } from "../../testkit/postgres.ts";
import { REPOSITORY_ROOT } from "../../testkit/repository-root.ts";
import { parseBenchOptions } from "../harness/parse-bench-options.ts";
import { exitOnSignals, runBenchmarks } from "../harness/run-benchmarks.ts";
import { COMPARED_CALLS, type PopulatedDatabase, populateDatabase } from "./populated-database.ts";

const { values } = parseBenchOptions({
  options: {
    contacts: { type: "string", default: "100000" },
    matters: { type: "string", default: "60000" },
    seed: { type: "string", default: "4" },
  },
});

exitOnSignals();
await runBenchmarks({
  "migrate-to-postgres": async () => {
    await using stack = new AsyncDisposableStack();
    const size = {
      contacts: Number(values.contacts),
      matters: Number(values.matters),
      seed: Number(values.seed),
    };
    const source = stack.use(await populateDatabase(size));
    const postgres = stack.adopt(await startPostgres(), (server) => server.close());
    const url = await postgres.freshDatabase();
    const first = await timeMigration(source, url);
    const bytes = await databaseBytes(url);
    return [
      { name: "rows", value: first.rows, unit: "" },
      { name: "SQLite file", value: statSync(source.file).size / 1e6, unit: "MB" },
      { name: "PostgreSQL database", value: bytes / 1e6, unit: "MB" },
      { name: "migration", value: first.seconds, unit: "s", target: { atMost: 60 } },
      {
        name: "repeated migration",
        value: (await timeMigration(source, url)).seconds,
        unit: "s",
        target: { atMost: 60 },
      },
      {
        name: `of ${COMPARED_CALLS} calls, answered differently`,
        value: await source.countChangedAnswers({ DATABASE_URL: url }),
        unit: "",
        target: { atMost: 0 },
      },
    ];
  },
});

/** Runs the migration command in a process of its own and times it. */
async function timeMigration(
  { environment }: PopulatedDatabase,
  url: string,
): Promise<{ seconds: number; rows: number }> {
  const start = performance.now();
  await using child = new ManagedProcess(process.execPath, {
    args: [join(REPOSITORY_ROOT, "src/commands/migrate-to-postgres/main.ts"), "--to", url],
    cwd: environment.folder,
    env: environment.env,
  });
  const [, rows = ""] = await child.waitForOutput(/Copied ([\d,]+) rows in /);
  const code = await child.waitForExit();
  const seconds = (performance.now() - start) / 1000;
  if (code !== 0) throw new Error(`the migration exited with ${code}`);
  return { seconds, rows: Number(rows.replaceAll(",", "")) };
}

async function databaseBytes(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query("select pg_database_size(current_database()) as bytes");
    return Number(rows[0].bytes);
  } finally {
    await client.end();
  }
}
