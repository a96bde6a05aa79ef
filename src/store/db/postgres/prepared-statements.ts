/** A query is prepared once it has run more often than this. */
const MIN_RUNS = 5;
/** Inserts of many rows make many different texts. The queries of every call come early, within this number. */
const MAX_STATEMENTS = 300;

/**
 * Decides which queries become named prepared statements. The server plans those once per connection; for short queries,
 * planning costs more than running (`docs/decisions/0010-prepared-statements.md`).
 */
export class PreparedStatements {
  readonly #statements = new Map<string, { runs: number; name: string }>();

  /** Counts a run of the query. @returns the name to prepare it under; undefined to run it without one */
  nameFor(sql: string): string | undefined {
    const statement = this.#statements.get(sql);
    if (statement) return ++statement.runs > MIN_RUNS ? statement.name : undefined;
    if (this.#statements.size < MAX_STATEMENTS)
      this.#statements.set(sql, { runs: 1, name: `q${this.#statements.size}` });
    return undefined;
  }

  /** Never prepares that query again. */
  disable(sql: string): void {
    const statement = this.#statements.get(sql);
    if (statement) statement.runs = Number.NEGATIVE_INFINITY;
  }
}
