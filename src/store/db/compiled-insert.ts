import type { Compilable, CompiledQuery, Kysely } from "kysely";

type Value = string | number | null;
type Row<Column extends string> = Readonly<Record<Column, Value>>;

/** SQLite allows 32,766 values in a query, PostgreSQL 65,535. */
const MAX_ROWS_PER_INSERT = 256;

/**
 * Compiles an insert once, to be run with any number of rows: for inserts of so many rows that Kysely would take longer to build
 * them than the database to write them. Any number of rows is a sum of powers of two, so a few compiled inserts are enough.
 *
 * @param columns the columns that each row has
 * @param build returns the insert of these rows, whose values stand for those that it is run with
 * @returns a function that inserts rows in a transaction, in several queries
 *
 * @example
 * const insertTerms = compileInsert(["contact_id", "hash"], (rows) => db.insertInto("mirror_terms").values(rows));
 * await insertTerms(trx, terms);
 */
export function compileInsert<Column extends string>(
  columns: readonly Column[],
  build: (rows: Record<Column, never>[]) => Compilable,
): (trx: Pick<Kysely<unknown>, "executeQuery">, rows: readonly Row<Column>[]) => Promise<void> {
  const templates = new Map<number, CompiledQuery>();

  function templateFor(rowCount: number): CompiledQuery {
    const known = templates.get(rowCount);
    if (known) return known;
    // A name of a column is a value like any other, so that the compiled query says which value belongs where.
    const row = Object.fromEntries(columns.map((column) => [column, column])) as Record<Column, never>;
    const template = build(Array.from({ length: rowCount }, () => row)).compile();
    templates.set(rowCount, template);
    return template;
  }

  return async (trx, rows) => {
    for (let at = 0; at < rows.length; ) {
      const rowCount = Math.min(MAX_ROWS_PER_INSERT, 2 ** Math.floor(Math.log2(rows.length - at)));
      const template = templateFor(rowCount);
      const parameters = template.parameters.map(
        (column, index) => rows[at + Math.floor(index / columns.length)]?.[column as Column],
      );
      await trx.executeQuery({ ...template, parameters });
      at += rowCount;
    }
  };
}
