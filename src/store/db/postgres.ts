import { setTimeout as pause } from "node:timers/promises";
import { Kysely, PostgresDialect } from "kysely";
import pg from "pg";
import { parse, toClientConfig } from "pg-connection-string";

/**
 * How many connections there are at most; how long a query waits for one, old or new; when the server gives a statement up,
 * and a little later we, should the server not answer at all; and after which silence in the middle of a transaction a
 * process counts as dead, and what it has locked is free again. All in milliseconds.
 */
const LIMITS = {
  calls: {
    max: 10,
    // Longer than a caller is kept waiting: hundreds at once queue here, and whoever is due before is answered all the same.
    connectionTimeoutMillis: 8_000,
    statement_timeout: 5_000,
    query_timeout: 7_000,
    idle_in_transaction_session_timeout: 15_000,
  },
  // A turn is one request to Clio's token endpoint, and a query or two.
  turns: {
    max: 8,
    connectionTimeoutMillis: 10_000,
    statement_timeout: 20_000,
    query_timeout: 22_000,
    idle_in_transaction_session_timeout: 20_000,
  },
  upkeep: { max: 2, connectionTimeoutMillis: 10_000 },
} as const satisfies Record<PostgresUse, pg.PoolConfig>;

const LONGEST_PROBE = 10_000;
/** What matters has ended before: this is for answers that do not come any more. */
const LONGEST_CLOSE = 1_000;

/** What PostgreSQL says then, and how soon it is asked again (milliseconds). */
const TOO_MANY_CONNECTIONS = "53300";
const ASKED_AGAIN = 50;

/** Counts and ids come as numbers: none of ours is beyond 2^53. */
const types = {
  getTypeParser(oid: number, format?: "text" | "binary") {
    if (oid === pg.types.builtins.INT8) return Number;
    return pg.types.getTypeParser(oid, format as "text");
  },
};

/**
 * What the connections are for, which decides how long they wait: what a caller may be waiting for; one's turn, while
 * another process has it (`Turns`); or a migration or a copy, which takes as long as it takes.
 */
export type PostgresUse = "calls" | "turns" | "upkeep";

/**
 * Opens PostgreSQL for Kysely, by a pool of connections that are made when they are needed and made anew when the server
 * was away. `destroy()` of what is returned closes it, whether the server still answers or not.
 *
 * @param url `postgres://user:password@host:port/database`, with libpq's `sslmode`, `sslrootcert`, `sslcert`, `sslkey`;
 *   without `sslmode` it is libpq's `prefer`: encrypted where the server can
 * @param use default `calls`
 * @throws DatabaseRefused when nobody answers there, or nobody that will have us
 */
export async function openPostgres<Tables>(url: string, use: PostgresUse = "calls"): Promise<Kysely<Tables>> {
  const pool = new pg.Pool({
    ...(await connectionOf(url)),
    ...LIMITS[use],
    types,
    application_name: "clio-call-router",
    keepAlive: true,
    Client: clientWith(new PreparedStatements()),
  });
  // A connection that breaks while nobody uses it is thrown away; the next query gets another one.
  pool.on("error", () => {});
  return new Kysely<Tables>({
    dialect: new PostgresDialect({
      pool: {
        connect: () => connectionFrom(pool, LIMITS[use].connectionTimeoutMillis),
        end: () => Promise.race([pool.end(), elapsed(LONGEST_CLOSE)]),
        options: pool.options,
      },
    }),
  });
}

/**
 * A connection of the pool. Where the server has none left for another one, those that are there will do: it is asked for
 * again for as long as a query waits.
 */
async function connectionFrom(pool: pg.Pool, longest: number): Promise<pg.PoolClient> {
  const until = performance.now() + longest;
  for (;;) {
    try {
      return await pool.connect();
    } catch (error) {
      const isFull = error instanceof Error && "code" in error && error.code === TOO_MANY_CONNECTIONS;
      if (!isFull || performance.now() > until) throw error;
      await pause(ASKED_AGAIN);
    }
  }
}

/**
 * Names for the queries that are asked again and again: the server plans a named one once on each connection, which is
 * dearer than answering it.
 */
class PreparedStatements {
  readonly #asked = new Map<string, { times: number; name: string }>();

  /** Undefined for a query that is not, or not yet, worth it. */
  nameOf(sql: string): string | undefined {
    const known = this.#asked.get(sql);
    if (known) return ++known.times > WORTH_PREPARING ? known.name : undefined;
    // Many rows at once make many different texts; those that every call asks come early.
    if (this.#asked.size < MOST_PREPARED) this.#asked.set(sql, { times: 1, name: `q${this.#asked.size}` });
    return undefined;
  }

  /** It is not prepared any more. */
  giveUp(sql: string): void {
    const known = this.#asked.get(sql);
    if (known) known.times = Number.NEGATIVE_INFINITY;
  }
}

const WORTH_PREPARING = 5;
const MOST_PREPARED = 300;

/**
 * Connections that prepare what is asked often, and take two faults upon themselves: they break without an outcry, and end
 * once an answer on them is overdue, as whoever came next would wait behind it.
 */
function clientWith(prepared: PreparedStatements): typeof pg.Client {
  return class extends pg.Client {
    constructor(config?: pg.ClientConfig) {
      super(config);
      // The query that it breaks under fails by itself, or the next one does. In use it is nobody's in the pool, and an
      // "error" that nobody listens to ends the process.
      this.on("error", () => {});
    }

    // biome-ignore lint/suspicious/noExplicitAny: `query` has eight signatures, and this one stands for all of them
    override query(text: any, values?: any, callback?: any): any {
      // biome-ignore lint/suspicious/noExplicitAny: as above
      const ask = (...parameters: unknown[]) => (super.query as any)(...parameters);
      const isPlain = typeof text === "string" && Array.isArray(values) && callback === undefined;
      const name = isPlain ? prepared.nameOf(text) : undefined;
      const result = name === undefined ? ask(text, values, callback) : ask({ name, text, values });
      if (!(result instanceof Promise)) return result;
      return result.catch((error: unknown) => {
        if (isOverdue(error)) void this.end();
        if (name === undefined || !isPlanOfBefore(error)) throw error;
        prepared.giveUp(text);
        return ask(text, values);
      });
    }
  };
}

function isOverdue(error: unknown): boolean {
  return error instanceof Error && error.message === "Query read timeout";
}

/** A newer version of this service has changed the table meanwhile (`0A000`, "cached plan must not change result type"). */
function isPlanOfBefore(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === "0A000";
}

/** There is no database for us at that address, of which this says the host alone: there is a password in it. */
export class DatabaseConnectionError extends Error {
  override readonly name = "DatabaseConnectionError";
  readonly code = "database_refused";

  constructor(url: string, cause: unknown) {
    const { hostname, port, searchParams } = new URL(url);
    const host = searchParams.get("host") ?? decodeURIComponent(hostname);
    super(
      `the database at ${host}:${searchParams.get("port") ?? (port || 5432)} refuses: ${reasonOf(cause)}`,
      {
        cause,
      },
    );
  }
}

function reasonOf(error: unknown): string {
  // A name that stands for several addresses: the error of each is in there, and no text of its own.
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(", ");
  if (isWithoutTls(error)) return "it does not speak TLS, which the sslmode asks for";
  if (!(error instanceof Error)) return String(error);
  return error.message === "timeout expired" ? "it does not answer" : error.message;
}

function isWithoutTls(error: unknown): boolean {
  return error instanceof Error && /does not support SSL/i.test(error.message);
}

/** Where and how to connect, with libpq's meaning of the TLS options; tried once. Throws `DatabaseRefused`. */
async function connectionOf(url: string): Promise<pg.ClientConfig> {
  const { hostname, searchParams } = new URL(url);
  const read = (mode: string) => {
    const given = new URL(url);
    given.searchParams.set("sslmode", mode);
    return toClientConfig(parse(given.href, { useLibpqCompat: true }));
  };
  // On a socket of this machine nothing is encrypted, whatever is asked.
  const isSocket = (searchParams.get("host") ?? decodeURIComponent(hostname)).startsWith("/");
  const mode = isSocket ? "disable" : (searchParams.get("sslmode") ?? "prefer");
  try {
    return await tried(read(mode)).catch((error: unknown) => {
      if (mode === "prefer" && isWithoutTls(error)) return tried(read("disable"));
      throw error;
    });
  } catch (error) {
    throw new DatabaseConnectionError(url, error);
  }
}

async function tried(connection: pg.ClientConfig): Promise<pg.ClientConfig> {
  const probe = new pg.Client({ ...connection, connectionTimeoutMillis: LONGEST_PROBE });
  probe.on("error", () => {});
  try {
    await probe.connect();
    return connection;
  } finally {
    await probe.end().catch(() => {});
  }
}

function elapsed(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
}
