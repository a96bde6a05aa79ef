import { Kysely, PostgresDialect } from "kysely";
import pg from "pg";
import { parse, toClientConfig } from "pg-connection-string";

/** How long a query may wait for a connection, old or new (milliseconds): the receptionist has to be told in time. */
const LONGEST_CONNECT = 2_000;
/** What takes longer than this is given up by the server, and a little later by us should the server not answer at all. */
const LONGEST_STATEMENT = 5_000;
const LONGEST_SILENCE = 7_000;
/** A process that dies or sleeps in the middle of a transaction loses what it has locked after that. */
const LONGEST_IDLE_IN_TRANSACTION = 15_000;
const LONGEST_CLOSE = 3_000;
const CONNECTIONS = 10;

/** Counts and ids come as numbers: none of ours is beyond 2^53. */
const types = {
  getTypeParser(oid: number, format?: "text" | "binary") {
    if (oid === pg.types.builtins.INT8) return Number;
    return pg.types.getTypeParser(oid, format as "text");
  },
};

/** What is asked of the server's patience. */
export interface PostgresOptions {
  /** How many connections at most; default 10. */
  readonly connections?: number;
  /** Whether a statement may take as long as it likes: a migration, a copy. */
  readonly patient?: boolean;
}

/**
 * Opens PostgreSQL for Kysely, by a pool of connections that are made when they are needed and made anew when the server
 * was away. `destroy()` of what is returned closes it, whether the server still answers or not.
 *
 * @param url `postgres://user:password@host:port/database`, with libpq's `sslmode`, `sslrootcert`, `sslcert`, `sslkey`;
 *   without `sslmode` it is libpq's `prefer`: encrypted where the server can
 * @throws the error of the network or the server, when it cannot be reached
 */
export async function openPostgres<Tables>(
  url: string,
  { connections = CONNECTIONS, patient = false }: PostgresOptions = {},
): Promise<Kysely<Tables>> {
  const limits = patient
    ? { connectionTimeoutMillis: LONGEST_SILENCE }
    : {
        connectionTimeoutMillis: LONGEST_CONNECT,
        statement_timeout: LONGEST_STATEMENT,
        query_timeout: LONGEST_SILENCE,
        idle_in_transaction_session_timeout: LONGEST_IDLE_IN_TRANSACTION,
      };
  const pool = new pg.Pool({
    ...(await connectionOf(url)),
    ...limits,
    types,
    max: connections,
    application_name: "clio-call-router",
    keepAlive: true,
    Client: ImpatientClient,
  });
  // A connection that breaks while nobody uses it is thrown away; the next query gets another one.
  pool.on("error", () => {});
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

/** Leaves a connection alone on which an answer is overdue: whoever came next would wait behind it. */
class ImpatientClient extends pg.Client {
  // biome-ignore lint/suspicious/noExplicitAny: `query` has eight signatures, and this one stands for all of them
  override query(...parameters: any[]): any {
    // biome-ignore lint/suspicious/noExplicitAny: as above
    const result = (super.query as any)(...parameters);
    if (result instanceof Promise)
      result.catch((error: unknown) => {
        if (error instanceof Error && error.message === "Query read timeout") void this.end();
      });
    return result;
  }
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
  const probe = new pg.Client({ ...encrypted, connectionTimeoutMillis: LONGEST_SILENCE });
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
