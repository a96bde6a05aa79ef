import { type Kysely, sql, type Transaction } from "kysely";
import type { Schema } from "../../store/db/schema.ts";
import type { TableName } from "./tables.ts";

const MAX_BATCH_ROWS = 2_000;
/** A call's transcript can have megabytes. */
const MAX_BATCH_CHARACTERS = 8_000_000;

/**
 * Copies every row of a table.
 *
 * @param onCopied called with the number of rows in each batch; what it throws ends the copying
 */
export async function copyTable(
  source: Kysely<Schema>,
  target: Transaction<Schema>,
  table: TableName,
  onCopied: (rows: number) => void,
): Promise<void> {
  let writing: Promise<void> = Promise.resolve();
  for await (const rows of readBatches(source, table)) {
    // One batch is written while the next one is read.
    await writing;
    writing = insertRows(target, table, rows);
    // A failure surfaces at the next await; until then it must not count as unhandled.
    writing.catch(() => {});
    onCopied(rows.length);
  }
  await writing;
}

async function* readBatches(source: Kysely<Schema>, table: TableName): AsyncGenerator<object[]> {
  let rows: object[] = [];
  let characters = 0;
  for await (const row of source.selectFrom(table).selectAll().stream()) {
    characters += lengthOf(row);
    if (rows.push(row) < MAX_BATCH_ROWS && characters < MAX_BATCH_CHARACTERS) continue;
    yield rows;
    rows = [];
    characters = 0;
  }
  if (rows.length > 0) yield rows;
}

function lengthOf(row: object): number {
  return Object.values(row).reduce(
    (sum: number, value: unknown) => sum + (typeof value === "string" ? value.length : 0),
    0,
  );
}

/** As one JSON text: a parameter for each value takes three times as long, and PostgreSQL allows only 65,535 of them. */
async function insertRows(
  target: Transaction<Schema>,
  table: TableName,
  rows: readonly object[],
): Promise<void> {
  const columns = sql.join(Object.keys(rows[0] ?? {}).map((name) => sql.ref(name)));
  const into = sql.table(table);
  await sql`insert into ${into} (${columns}) select ${columns}
    from json_populate_recordset(null::${into}, ${JSON.stringify(rows)})`.execute(target);
}
