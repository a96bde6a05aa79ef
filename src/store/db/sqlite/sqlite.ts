import { chmodSync, closeSync, mkdirSync, openSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { Kysely, sql } from "kysely";
import { nodeSqliteDialect } from "./node-sqlite-dialect.ts";

/** How long a write waits for another process, such as a command beside the service, to finish its own. */
const BUSY_TIMEOUT_MS = 5_000;

/** The permissions of group and others. */
const NOT_OWNER = 0o077;

/**
 * SQLite's own 2 MB are less than a firm's indexes, so that each lookup reads pages from the file. This holds the whole copy of a
 * firm of 5,000 contacts.
 */
const PAGE_CACHE_KIB = 8_000;

const SQLITE_BUSY = 5;

/** 100 MB. The service keeps the WAL shorter (`wal-checkpointer.ts`). */
const MAX_WAL_PAGES = 25_000;

/** `PRAGMA user_version` of a file that never had a deletion without `secure_delete`. */
const SECURE_DELETE_VERSION = 1;

/**
 * Opens an SQLite file. A missing folder is created with mode 700, a missing file with mode 600. `destroy()` closes it.
 *
 * @param path relative to the working directory
 * @param warn called with a sentence for the operator after other users' access to the file was removed
 * @throws the error of the file system or of SQLite, with its `code`; an Error if other users can access the file, and that
 *   can't be changed
 */
export function openSqlite<Tables>(
  path: string,
  warn: (sentence: string) => void = () => {},
): Kysely<Tables> {
  // Resolved, so that `:memory:` and `file:…` are names of files like any other.
  const file = resolve(path);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const existing = statSync(file, { throwIfNoEntry: false });
  // SQLite itself would make the file readable for everyone. Its -wal and -shm files take on the file's mode.
  if (!existing) closeSync(openSync(file, "a", 0o600));
  for (const suffix of ["", "-wal", "-shm"]) restrictToOwner(`${file}${suffix}`, warn);

  const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true });
  try {
    const mode = database.prepare("PRAGMA journal_mode = WAL").get()?.journal_mode;
    if (mode !== "wal") throw new Error(`SQLite has no WAL mode on the file system of ${file}`);
    // In WAL mode, the default can lose the last commits in a power cut. A refresh token from Clio must not be lost.
    database.exec("PRAGMA synchronous = FULL");
    database.exec(`PRAGMA wal_autocheckpoint = ${MAX_WAL_PAGES}`);
    database.exec(`PRAGMA cache_size = -${PAGE_CACHE_KIB}`);
    // Overwrites what is deleted with zeros.
    database.exec("PRAGMA secure_delete = ON");
    if (!existing || existing.size === 0) database.exec(`PRAGMA user_version = ${SECURE_DELETE_VERSION}`);
  } catch (error) {
    database.close();
    throw error;
  }
  return new Kysely<Tables>({ dialect: nodeSqliteDialect(database) });
}

/**
 * Takes the permissions of group and others from a file, if it exists. By its path: closing a descriptor of the file would
 * release the locks that SQLite holds on it in this process.
 */
function restrictToOwner(file: string, warn: (sentence: string) => void): void {
  const modeOf = () => statSync(file, { throwIfNoEntry: false })?.mode ?? 0;
  const mode = modeOf();
  if (process.platform === "win32" || (mode & NOT_OWNER) === 0) return;
  const before = (mode & 0o777).toString(8);
  try {
    chmodSync(file, 0o600);
  } catch {
    // Reported below, together with file systems that ignore the change.
  }
  if ((modeOf() & NOT_OWNER) !== 0)
    throw new Error(
      `other users can access ${file} (mode ${before}), and this process can't change that. Run the service as the owner of the file, or run: chmod 600 ${file}`,
    );
  warn(
    `Other users could access ${file} (mode ${before}). The mode is now 600. Anyone who copied it before still has the copy.`,
  );
}

/**
 * Compacts a file that was written without `secure_delete`, so that nothing that was deleted remains in it. Does nothing at
 * the next call. While another process has the file open, this is left to a later start.
 */
export async function compactOnce<Tables>(db: Kysely<Tables>): Promise<void> {
  await db.connection().execute(async (connection) => {
    const { rows } = await sql<{ user_version: number }>`pragma user_version`.execute(connection);
    if ((rows[0]?.user_version ?? 0) >= SECURE_DELETE_VERSION) return;
    try {
      await sql`vacuum`.execute(connection);
    } catch (error) {
      if (!isSqliteBusy(error)) throw error;
      return;
    }
    if (await truncateWalOf(connection))
      await sql.raw(`pragma user_version = ${SECURE_DELETE_VERSION}`).execute(connection);
  });
}

/** Whether another process has locked the file. */
export function isSqliteBusy(error: unknown): boolean {
  // The extended codes have SQLite's SQLITE_BUSY in their low byte.
  return error instanceof Error && "errcode" in error && (Number(error.errcode) & 0xff) === SQLITE_BUSY;
}

/**
 * Copies the WAL into the database file and empties it, so that it holds no older version of a page.
 *
 * @returns false, without waiting, if another process is reading or writing
 */
export function truncateWal<Tables>(db: Kysely<Tables>): Promise<boolean> {
  return db.connection().execute(truncateWalOf);
}

async function truncateWalOf<Tables>(connection: Kysely<Tables>): Promise<boolean> {
  // Waiting would block this process, and with it every call.
  await sql`pragma busy_timeout = 0`.execute(connection);
  try {
    const { rows } = await sql<{ busy: number }>`pragma wal_checkpoint(truncate)`.execute(connection);
    return rows[0]?.busy === 0;
  } finally {
    await sql.raw(`pragma busy_timeout = ${BUSY_TIMEOUT_MS}`).execute(connection);
  }
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
