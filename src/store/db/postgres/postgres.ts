import { setTimeout as pause } from "node:timers/promises";
import { Kysely, PostgresDialect } from "kysely";
import pg from "pg";
import { connectionConfig } from "./connection-config.ts";
import { POOL_LIMITS, type PostgresUse } from "./pool-limits.ts";
import { pooledClient } from "./pooled-client.ts";

/** Only cuts off a server that doesn't answer: everything that matters has ended before the pool is closed. */
const CLOSE_TIMEOUT_MS = 1_000;

/** PostgreSQL's error code for "too many connections". */
const TOO_MANY_CONNECTIONS = "53300";
const CONNECT_RETRY_DELAY_MS = 50;

/** PostgreSQL's `bigint` as a number, not as a string: no count or ID is above 2^53. */
const types = {
  getTypeParser(oid: number, format?: "text" | "binary") {
    if (oid === pg.types.builtins.INT8) return Number;
    return pg.types.getTypeParser(oid, format as "text");
  },
};

/**
 * Opens a PostgreSQL database with a pool of connections. Connections are made on demand, and again after the server was
 * away. `destroy()` closes the pool even if the server doesn't answer.
 *
 * @param url `postgres://user:password@host:port/database`, with libpq's `sslmode`, `sslrootcert`, `sslcert`, `sslkey`
 *   (`docs/reference/settings.md`, "DATABASE_URL")
 * @throws DatabaseConnectionError if no connection can be made
 */
export async function openPostgres<Tables>(
  url: string,
  use: PostgresUse = "queries",
): Promise<Kysely<Tables>> {
  const limits = POOL_LIMITS[use];
  const pool = new pg.Pool({
    ...(await connectionConfig(url)),
    ...limits,
    types,
    application_name: "clio-call-router",
    keepAlive: true,
    Client: pooledClient(),
  });
  // The pool drops an idle connection that breaks. Without a listener, its error would end the process.
  pool.on("error", () => {});
  return new Kysely<Tables>({
    dialect: new PostgresDialect({
      pool: {
        connect: () => connect(pool, limits.connectionTimeoutMillis),
        end: () => Promise.race([pool.end(), elapsed(CLOSE_TIMEOUT_MS)]),
        options: pool.options,
      },
    }),
  });
}

/** Takes a connection from the pool. If the server has no slot for a new one, waits for one that becomes free in the pool. */
async function connect(pool: pg.Pool, timeoutMs: number): Promise<pg.PoolClient> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await pool.connect();
    } catch (error) {
      const isServerFull = error instanceof Error && "code" in error && error.code === TOO_MANY_CONNECTIONS;
      if (!isServerFull || performance.now() > deadline) throw error;
      await pause(CONNECT_RETRY_DELAY_MS);
    }
  }
}

function elapsed(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
}
