import pg from "pg";

/** Reads the service's database from outside. */
export class DatabaseProbe implements AsyncDisposable {
  readonly #pool: pg.Pool;

  constructor(url: string) {
    this.#pool = new pg.Pool({ connectionString: url, max: 2 });
    this.#pool.on("error", () => {});
  }

  async rows<Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    return (await this.#pool.query<Row>(sql, [...values])).rows;
  }

  /** How many mirrors are complete. */
  async completeMirrors(): Promise<number> {
    const [row] = await this.rows<{ complete: string }>(
      "select count(*) as complete from mirrors where gone = 0 and complete_at is not null",
    );
    return Number(row?.complete);
  }

  /** The age of the stalest mirror, in seconds. */
  async maxMirrorAgeSeconds(): Promise<number> {
    const [row] = await this.rows<{ oldest: string | null }>(
      "select min(polled_at) as oldest from mirrors where gone = 0 and complete_at is not null",
    );
    return (Date.now() - Number(row?.oldest ?? Date.now())) / 1_000;
  }

  async sizeMb(): Promise<number> {
    const [row] = await this.rows<{ bytes: string }>("select pg_database_size(current_database()) as bytes");
    return Number(row?.bytes) / 1e6;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#pool.end();
  }
}
