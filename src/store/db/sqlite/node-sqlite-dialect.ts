import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from "node:sqlite";
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDriver,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type SqliteStatement,
} from "kysely";
import { LRUCache } from "lru-cache";

const MAX_PREPARED_STATEMENTS = 200;

/** Kysely's SQLite dialect on Node's own SQLite, with transactional migrations and transactions that wait for a lock. */
export function nodeSqliteDialect(database: DatabaseSync): Dialect {
  return {
    createAdapter: () => new TransactionalDdlAdapter(),
    createDriver: () => new ImmediateTransactionDriver({ database: asBetterSqlite(database) }),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  };
}

/** SQLite can roll back DDL, but Kysely's adapter says it can't. A failed migration would leave its first half behind. */
class TransactionalDdlAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

/**
 * A plain `begin` takes the write lock at the first write. If another process has written since the transaction's first
 * read, that fails immediately instead of waiting.
 */
class ImmediateTransactionDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw("begin immediate"));
  }
}

/** The part of better-sqlite3's interface that Kysely's driver uses, with a cache of statements: Kysely prepares at every query. */
function asBetterSqlite(database: DatabaseSync): SqliteDatabase {
  const prepared = new LRUCache<string, SqliteStatement>({ max: MAX_PREPARED_STATEMENTS });
  return {
    close: () => database.close(),
    prepare(sql) {
      const cached = prepared.get(sql);
      if (cached) return cached;
      const statement = asBetterSqliteStatement(database.prepare(sql));
      // Some pragmas take effect when they are prepared, so a cached statement would do nothing.
      if (!/^\s*pragma/i.test(sql)) prepared.set(sql, statement);
      return statement;
    },
  };
}

function asBetterSqliteStatement(statement: StatementSync): SqliteStatement {
  const columns = statement.columns().map(({ name }) => name);
  const toObject = columns.length > 0 ? readRowsAsArrays(statement, columns) : (row: unknown) => row;
  return {
    // Also true for `insert … returning`, whose rows `run` would discard.
    reader: columns.length > 0,
    all: (parameters) => statement.all(...parameters.map(toSqlite)).map(toObject),
    run: (parameters) => statement.run(...parameters.map(toSqlite)),
    *iterate(parameters) {
      for (const row of statement.iterate(...parameters.map(toSqlite))) yield toObject(row);
    },
  };
}

/**
 * Has a statement return arrays, and returns the function that makes the rows' objects of them. Node's own objects have a hash
 * table each, so that they take longer to make and to read.
 */
function readRowsAsArrays(statement: StatementSync, columns: readonly string[]): (row: unknown) => unknown {
  // `*` stands for other columns once a migration, of a newer version in another process, has changed the table.
  if (statement.sourceSQL.includes("*")) return (row) => row;
  statement.setReturnArrays(true);
  return (row) => {
    const values = row as readonly SQLOutputValue[];
    const object: Record<string, SQLOutputValue | undefined> = {};
    for (let at = 0; at < columns.length; at += 1) object[columns[at] as string] = values[at];
    return object;
  };
}

/** Booleans become 0 and 1, which is how SQLite stores them. Throws for a type that SQLite doesn't have. */
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
  // Node would take a Date as the first parameter for named parameters, and shift all others by one.
  throw new TypeError(`SQLite cannot store ${parameter === undefined ? "undefined" : "an object"}`);
}
