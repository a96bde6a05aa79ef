import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { Kysely } from "kysely";
import { nodeSqliteDialect } from "./node-sqlite-dialect.ts";

/** How long a write waits for another process, such as a command beside the service, to finish its own. */
const BUSY_TIMEOUT_MS = 5_000;

/**
 * Opens an SQLite file. A missing folder is created with mode 700, a missing file with mode 600. `destroy()` closes it.
 *
 * @param path relative to the working directory
 * @throws the error of the file system or of SQLite, with its `code`
 */
export function openSqlite<Tables>(path: string): Kysely<Tables> {
  // Resolved, so that `:memory:` and `file:…` are names of files like any other.
  const file = resolve(path);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  // SQLite itself would make the file readable for everyone. Its -wal and -shm files take on the file's mode.
  closeSync(openSync(file, "a", 0o600));

  const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true });
  try {
    const mode = database.prepare("PRAGMA journal_mode = WAL").get()?.journal_mode;
    if (mode !== "wal") throw new Error(`SQLite has no WAL mode on the file system of ${file}`);
    // In WAL mode, the default can lose the last commits in a power cut. A refresh token from Clio must not be lost.
    database.exec("PRAGMA synchronous = FULL");
  } catch (error) {
    database.close();
    throw error;
  }
  return new Kysely<Tables>({ dialect: nodeSqliteDialect(database) });
}

/**
 * Opens an SQLite file for reading, without locking it and without creating files beside it. Only for a file that no process
 * has open: concurrent writes would be read half-written.
 *
 * @param path must not contain symbolic links
 * @throws the error of SQLite
 */
export function openSqliteImmutable<Tables>(path: string): Kysely<Tables> {
  const url = pathToFileURL(path);
  url.searchParams.set("immutable", "1");
  return new Kysely<Tables>({ dialect: nodeSqliteDialect(new DatabaseSync(url, { readOnly: true })) });
}
