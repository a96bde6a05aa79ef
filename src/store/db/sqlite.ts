import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  Kysely,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDriver,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type SqliteStatement,
} from "kysely";
import { LRUCache } from "lru-cache";

/** How long a write waits for another process (a command beside the service) to finish its own. */
const BUSY_TIMEOUT_MS = 5_000;

const PREPARED_STATEMENTS = 200;

/**
 * Opens Node's own SQLite for Kysely, and makes what is missing: the folder for its owner alone (700), and in
 * it the file (600). `destroy()` of what is returned closes it.
 *
 * @param path a file; relative to the working directory
 * @throws the error of the file system or of SQLite, with its `code`
 */
export function openSqlite<Tables>(path: string): Kysely<Tables> {
  // Resolved, so that `:memory:` or `file:…` can be nothing but a file of that name.
  const file = resolve(path);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  // Before SQLite, which would make it readable for everybody; its -wal and -shm files take the mode over.
  closeSync(openSync(file, "a", 0o600));

  const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true });
  try {
    const mode = database.prepare("PRAGMA journal_mode = WAL").get()?.journal_mode;
    if (mode !== "wal") throw new Error(`SQLite has no WAL mode on the file system of ${file}`);
    // In WAL mode the default leaves the last commits to the operating system. A token that Clio gave us is
    // acknowledged to nobody before it is on the disk.
    database.exec("PRAGMA synchronous = FULL");
  } catch (error) {
    database.close();
    throw error;
  }
  return new Kysely<Tables>({ dialect: nodeSqliteDialect(database) });
}

/**
 * Opens a file for reading, as it lies on the disk. Nothing is changed or made, not even a file beside it, and nothing is
 * locked: what another process writes meanwhile would be read torn. Only for a file that nobody has open.
 *
 * @param path a file, with no link on the way to it
 * @throws the error of SQLite
 */
export function openSqliteAsItIs<Tables>(path: string): Kysely<Tables> {
  const address = pathToFileURL(path);
  address.searchParams.set("immutable", "1");
  return new Kysely<Tables>({ dialect: nodeSqliteDialect(new DatabaseSync(address, { readOnly: true })) });
}

/** Kysely's SQLite, with two things that it leaves out: whole migrations, and transactions that wait. */
function nodeSqliteDialect(database: DatabaseSync): Dialect {
  return {
    createAdapter: () => new TransactionalDdlAdapter(),
    createDriver: () => new ImmediateDriver({ database: bridge(database) }),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  };
}

/** SQLite does take DDL back; Kysely's adapter does not count on it, and half a migration would stay. */
class TransactionalDdlAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

/**
 * A plain `begin` takes the write lock at the first write. When another process has written since the
 * transaction's first read, that fails at once, without waiting.
 */
class ImmediateDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw("begin immediate"));
  }
}

/** The part of better-sqlite3 that Kysely's driver asks for, over `DatabaseSync`. */
function bridge(database: DatabaseSync): SqliteDatabase {
  // Kysely prepares at every query; the same few are asked at every call.
  const prepared = new LRUCache<string, SqliteStatement>({ max: PREPARED_STATEMENTS });
  return {
    close: () => database.close(),
    prepare(sql) {
      const statement = prepared.get(sql) ?? bridgeStatement(database.prepare(sql));
      prepared.set(sql, statement);
      return statement;
    },
  };
}

function bridgeStatement(statement: StatementSync): SqliteStatement {
  return {
    // Also true for `insert … returning`, whose rows `run` would throw away.
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...parameters.map(toSqlite)),
    run: (parameters) => statement.run(...parameters.map(toSqlite)),
    iterate: (parameters) => statement.iterate(...parameters.map(toSqlite)),
  };
}

/** SQLite has no booleans; what else it has no type for is refused. */
function toSqlite(parameter: unknown): SQLInputValue {
  switch (typeof parameter) {
    case "boolean":
      return parameter ? 1 : 0;
    case "string":
    case "number":
    case "bigint":
      return parameter;
  }
  if (parameter === null || parameter instanceof Uint8Array) return parameter;
  // Left to Node, a Date in the first place would be read as named parameters, and the others move up by one.
  throw new TypeError(`SQLite cannot store ${parameter === undefined ? "undefined" : "an object"}`);
}
