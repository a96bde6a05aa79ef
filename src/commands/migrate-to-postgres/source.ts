import { existsSync, realpathSync, statSync } from "node:fs";
import { resolve } from "node:path";
import type { Kysely } from "kysely";
import { migrationsSeenBy } from "../../store/db/migrate.ts";
import { MIGRATIONS } from "../../store/db/migrations/index.ts";
import type { Schema } from "../../store/db/schema.ts";
import { openSqliteAsItIs } from "../../store/db/sqlite.ts";
import { MigrationRefusedError } from "./migration-refused-error.ts";

/** The embedded store that is moved. Nothing in it is changed. */
export interface Source {
  readonly db: Kysely<Schema>;
  /** Throws `MoveRefused` when somebody has opened or changed the store meanwhile: what was read of it may be torn. */
  mustBeUntouched(): void;
  close(): Promise<void>;
}

/**
 * Opens the store of a service that was stopped.
 *
 * @param path `settings.databaseUrl`
 * @throws MoveRefused when it is not there, when somebody may have it open, when it is none of this version's
 */
export async function openSource(path: string): Promise<Source> {
  if (!existsSync(path))
    throw new MigrationRefusedError(
      `There is no file ${path}, which DATABASE_URL names: there is nothing to move.`,
    );
  // SQLite puts its files beside the file itself, not beside a link to it.
  const file = realpathSync(resolve(path));
  mustBeAtRest(file, path);
  const before = mark(file);
  const db = openSqliteAsItIs<Schema>(file);
  try {
    await mustBeOfThisVersion(db, path);
  } catch (error) {
    await db.destroy();
    throw error;
  }
  return {
    db,
    mustBeUntouched() {
      mustBeAtRest(file, path);
      if (mark(file) !== before)
        throw new MigrationRefusedError(
          `${path} was written to while it was copied. Leave the service stopped until the move is done.`,
        );
    },
    close: () => db.destroy(),
  };
}

/**
 * Whoever has opened a store has a `-wal` beside it, and only who closes it in order puts everything into the one file and
 * takes the other away.
 */
function mustBeAtRest(file: string, path: string): void {
  if (!existsSync(`${file}-wal`)) return;
  throw new MigrationRefusedError(
    `${path} is in use: there is ${file}-wal beside it. Stop the service, for what it writes after the copy would be lost. ` +
      "If it is not running, it was killed the last time: start it and stop it once, so that everything is in the one file.",
  );
}

/** Another one whenever the file is another, or was written to. */
function mark(file: string): string {
  const { dev, ino, size, mtimeNs } = statSync(file, { bigint: true });
  return [dev, ino, size, mtimeNs].join();
}

async function mustBeOfThisVersion(db: Kysely<Schema>, path: string): Promise<void> {
  const seen = await migrationsSeenBy(db).catch((error: unknown) => {
    throw new MigrationRefusedError(
      `${path} cannot be read as a store: ${error instanceof Error ? error.message : error}.`,
    );
  });
  if (seen.length === 0) throw new MigrationRefusedError(`${path} is no store of this service.`);
  if (seen.some((name) => !Object.hasOwn(MIGRATIONS, name)))
    throw new MigrationRefusedError(
      `${path} was made by a newer version of this service. Move it with the version that made it.`,
    );
  if (seen.length < Object.keys(MIGRATIONS).length)
    throw new MigrationRefusedError(
      `${path} was made by an older version of this service. Start this version on it once, which brings it up to date, and stop it.`,
    );
}
