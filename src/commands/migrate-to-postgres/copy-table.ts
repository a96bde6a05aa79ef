import { type Kysely, sql, type Transaction } from "kysely";
import type { Schema } from "../../store/db/schema.ts";
import type { TableName } from "./tables.ts";

const ROWS_AT_ONCE = 2_000;

/**
 * Copies every row of a table.
 *
 * @param copied told how many more rows are on their way; what it throws ends the copying
 */
export async function copyTable(
  source: Kysely<Schema>,
  target: Transaction<Schema>,
  table: TableName,
  copied: (rows: number) => void,
): Promise<void> {
  let writing: Promise<void> = Promise.resolve();
  for await (const rows of batches(source, table)) {
    // One batch is written while the next one is read.
    await writing;
    writing = insert(target, table, rows);
    // It is heard of above, or below.
    writing.catch(() => {});
    copied(rows.length);
  }
  await writing;
}

async function* batches(source: Kysely<Schema>, table: TableName): AsyncGenerator<object[]> {
  let rows: object[] = [];
  for await (const row of source.selectFrom(table).selectAll().stream()) {
    if (rows.push(row) < ROWS_AT_ONCE) continue;
    yield rows;
    rows = [];
  }
  if (rows.length > 0) yield rows;
}

/** As one JSON text: a parameter for each value would be three times as slow, and there can be 65,535. */
async function insert(target: Transaction<Schema>, table: TableName, rows: readonly object[]): Promise<void> {
  const columns = sql.join(Object.keys(rows[0] ?? {}).map((name) => sql.ref(name)));
  const into = sql.table(table);
  await sql`insert into ${into} (${columns}) select ${columns}
    from json_populate_recordset(null::${into}, ${JSON.stringify(rows)})`.execute(target);
}
