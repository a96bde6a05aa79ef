/**
 * `npm run bench:move`: how long it takes to move the store of a big firm from its file into PostgreSQL, and whether calls
 * are answered as before. Prints a table and one JSON object on the last line.
 */
import { statSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import pg from "pg";
import { startPostgres } from "../../testkit/postgres.ts";
import { Child } from "../child.ts";
import type { Figure } from "../figure.ts";
import { CHECKOUT } from "../processes.ts";
import { exitOnSignals, runParts } from "../run-parts.ts";
import { type BigStore, bigStore } from "./big-store.ts";

const { values } = parseArgs({
  options: {
    contacts: { type: "string", default: "100000" },
    matters: { type: "string", default: "60000" },
    seed: { type: "string", default: "4" },
  },
});

exitOnSignals();
await runParts({
  move: async () => {
    await using stack = new AsyncDisposableStack();
    const size = {
      contacts: Number(values.contacts),
      matters: Number(values.matters),
      seed: Number(values.seed),
    };
    const store = stack.use(await bigStore(size));
    const postgres = stack.adopt(await startPostgres(), (server) => server.close());
    const url = await postgres.freshDatabase();
    const first = await secondsToMove(store, url);
    const bytes = await sizeOf(url);
    const figures: Figure[] = [
      { name: "rows", value: first.rows, unit: "" },
      { name: "the file", value: statSync(store.file).size / 1e6, unit: "MB" },
      { name: "the database", value: bytes / 1e6, unit: "MB" },
      { name: "npm run move", value: first.seconds, unit: "s", target: { atMost: 60 } },
      { name: "again", value: (await secondsToMove(store, url)).seconds, unit: "s", target: { atMost: 60 } },
      {
        name: "calls of 500 that are answered otherwise",
        value: await store.answersOtherwise({ DATABASE_URL: url }),
        unit: "",
        target: { atMost: 0 },
      },
    ];
    return figures;
  },
});

/** From the start of the process to its end. */
async function secondsToMove({ place }: BigStore, url: string): Promise<{ seconds: number; rows: number }> {
  const began = performance.now();
  await using child = new Child(process.execPath, {
    args: [join(CHECKOUT, "src/commands/migrate-to-postgres/main.ts"), "--to", url],
    cwd: place.folder,
    env: place.env,
  });
  const [, rows = ""] = await child.printed(/Moved ([\d,]+) rows in /);
  const code = await child.ended();
  const seconds = (performance.now() - began) / 1000;
  if (code !== 0) throw new Error(`npm run move ended with ${code}`);
  return { seconds, rows: Number(rows.replaceAll(",", "")) };
}

/** Of everything in the database, in bytes. */
async function sizeOf(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query("select pg_database_size(current_database()) as bytes");
    return Number(rows[0].bytes);
  } finally {
    await client.end();
  }
}
