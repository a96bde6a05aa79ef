import type pg from "pg";

/**
 * What a pool's connections are used for:
 * - `queries`: everything a caller or a page may be waiting for
 * - `locks`: waiting for and holding an advisory lock (`Locks`)
 * - `maintenance`: migrations and copies, which may take any time
 */
export type PostgresUse = "queries" | "locks" | "maintenance";

/**
 * In milliseconds: how long a query waits for a connection (`connectionTimeoutMillis`), when the server cancels a statement
 * (`statement_timeout`), when the client stops waiting for a server that hangs (`query_timeout`, always later), and when the
 * server ends a transaction whose process is silent and releases its locks (`idle_in_transaction_session_timeout`).
 */
export const POOL_LIMITS = {
  queries: {
    max: 10,
    // Longer than a caller waits: in a burst of hundreds of calls, those that get a connection before their deadline are answered.
    connectionTimeoutMillis: 8_000,
    statement_timeout: 5_000,
    query_timeout: 7_000,
    idle_in_transaction_session_timeout: 15_000,
  },
  // A lock is held for one request to Clio's token endpoint and a query or two.
  locks: {
    max: 8,
    connectionTimeoutMillis: 10_000,
    statement_timeout: 20_000,
    query_timeout: 22_000,
    idle_in_transaction_session_timeout: 20_000,
  },
  maintenance: { max: 2, connectionTimeoutMillis: 10_000 },
} as const satisfies Record<PostgresUse, pg.PoolConfig>;
