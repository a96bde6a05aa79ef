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
    connectionTimeoutMillis: 2_000,
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
const LONGEST_CLOSE = 3_000;

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
 * @throws the error of the network or the server, when it cannot be reached
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
  // One that breaks while somebody has it fails what they ask of it; an event nobody hears would end the process.
  pool.on("connect", (client) => client.on("error", () => {}));
  return new Kysely<Tables>({
    dialect: new PostgresDialect({
      pool: {
        connect: () => pool.connect(),
        end: () => Promise.race([pool.end(), elapsed(LONGEST_CLOSE)]),
        options: pool.options,
      },
    }),
  });
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

/** Connections that prepare what is asked often, and end when an answer is overdue: whoever came next would wait behind it. */
function clientWith(prepared: PreparedStatements): typeof pg.Client {
  return class extends pg.Client {
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

/** Where and how to connect, with libpq's meaning of the TLS options. */
async function connectionOf(url: string): Promise<pg.ClientConfig> {
  const { hostname, searchParams } = new URL(url);
  const mode = searchParams.get("sslmode");
  const read = (as: string) => {
    const given = new URL(url);
    given.searchParams.set("sslmode", as);
    return toClientConfig(parse(given.href, { useLibpqCompat: true }));
  };
  // On a socket of this machine nothing is encrypted, whatever is asked.
  if ((searchParams.get("host") ?? decodeURIComponent(hostname)).startsWith("/")) return read("disable");
  if (mode !== null && mode !== "prefer") return read(mode);
  const encrypted = read("prefer");
  const probe = new pg.Client({ ...encrypted, connectionTimeoutMillis: LONGEST_PROBE });
  probe.on("error", () => {});
  try {
    await probe.connect();
    return encrypted;
  } catch (error) {
    if (error instanceof Error && /does not support SSL/i.test(error.message)) return read("disable");
    throw error;
  } finally {
    await probe.end().catch(() => {});
  }
}

function elapsed(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
}
