import { existsSync, realpathSync, statSync } from "node:fs";
import { resolve } from "node:path";
import type { Kysely } from "kysely";
import { appliedMigrations } from "../../store/db/migrate.ts";
import { MIGRATIONS } from "../../store/db/migrations/index.ts";
import type { Schema } from "../../store/db/schema.ts";
import { openSqliteImmutable } from "../../store/db/sqlite/sqlite.ts";
import { MigrationRefusedError } from "./migration-refused-error.ts";

/** The SQLite file to copy. Nothing in it is changed. */
export interface Source {
  readonly db: Kysely<Schema>;
  /** Throws `MigrationRefusedError` if another process has opened or changed the file: the copy may be inconsistent. */
  assertUnchanged(): void;
  close(): Promise<void>;
}

/**
 * Opens the SQLite file of a service that is stopped.
 *
 * @param path `settings.databaseUrl.path`
 * @throws MigrationRefusedError if the file doesn't exist, may be in use, or isn't of this version
 */
export async function openSource(path: string): Promise<Source> {
  if (!existsSync(path))
    throw new MigrationRefusedError(
      `The file in DATABASE_URL, ${path}, doesn't exist, so there is nothing to copy.`,
    );
  // SQLite creates its other files next to the file itself, not next to a link to it.
  const file = realpathSync(resolve(path));
  assertNotInUse(file, path);
  const initialFingerprint = fingerprintOf(file);
  const db = openSqliteImmutable<Schema>(file);
  try {
    await assertCurrentVersion(db, path);
  } catch (error) {
    await db.destroy();
    throw error;
  }
  return {
    db,
    assertUnchanged() {
      assertNotInUse(file, path);
      if (fingerprintOf(file) !== initialFingerprint)
        throw new MigrationRefusedError(
          `${path} was changed during the copy. Keep the service stopped until the migration is done.`,
        );
    },
    close: () => db.destroy(),
  };
}

/** While a database is open, SQLite keeps a `-wal` file next to it. A clean close merges that file and deletes it. */
function assertNotInUse(file: string, path: string): void {
  if (!existsSync(`${file}-wal`)) return;
  throw new MigrationRefusedError(
    `${path} is in use: ${file}-wal exists. Stop the service, because anything it writes after the copy would be lost. ` +
      "If it isn't running, it was killed last time: start it and stop it once, so that everything is in one file.",
  );
}

/** Changes when the file is replaced or written to. */
function fingerprintOf(file: string): string {
  const { dev, ino, size, mtimeNs } = statSync(file, { bigint: true });
  return [dev, ino, size, mtimeNs].join();
}

async function assertCurrentVersion(db: Kysely<Schema>, path: string): Promise<void> {
  const applied = await appliedMigrations(db).catch((error: unknown) => {
    throw new MigrationRefusedError(
      `${path} can't be read as a database: ${error instanceof Error ? error.message : error}.`,
    );
  });
  if (applied.length === 0) throw new MigrationRefusedError(`${path} isn't a database of this service.`);
  if (applied.some((name) => !Object.hasOwn(MIGRATIONS, name)))
    throw new MigrationRefusedError(
      `${path} was made by a newer version of this service. Use that version to migrate it.`,
    );
  if (applied.length < Object.keys(MIGRATIONS).length)
    throw new MigrationRefusedError(
      `${path} was made by an older version of this service. Start this version on it once, stop it, and run this command again.`,
    );
}
