import type { Kysely } from "kysely";
import { DEFAULT_MIGRATION_TABLE, type Migration, Migrator } from "kysely/migration";
import type { Schema } from "./schema.ts";

/** The database can't be migrated to this version's schema. It is unchanged. */
export class MigrationError extends Error {
  override readonly name = "MigrationError";
  readonly code = "migration_error";
}

/**
 * Runs the migrations that the database doesn't have yet: all of them, or none if one fails.
 *
 * @param db its dialect must run DDL in transactions (`supportsTransactionalDdl`)
 * @throws MigrationError if a migration fails, or if the database has migrations that this version doesn't know
 */
export async function migrate(
  db: Kysely<Schema>,
  migrations: Readonly<Record<string, Migration>>,
): Promise<void> {
  const applied = await appliedMigrations(db);
  const unknown = applied.filter((name) => !Object.hasOwn(migrations, name));
  if (unknown.length > 0) {
    throw new MigrationError(
      `the database is newer than this version of the service: it has the migration ${unknown.join(", ")}. ` +
        "Start the newer version, or restore a backup from before the upgrade.",
    );
  }

  // The migrator takes a lock even if there is nothing to do. A command that runs beside the service must not wait for it.
  if (applied.length === Object.keys(migrations).length) return;

  const provider = { getMigrations: async () => ({ ...migrations }) };
  const { error, results } = await new Migrator({ db, provider }).migrateToLatest();
  if (error) {
    const failed = results?.find(({ status }) => status === "Error")?.migrationName;
    throw new MigrationError(failed ? `migration ${failed} failed` : "the database could not be migrated", {
      cause: error,
    });
  }
}

/**
 * The names of the migrations that the database has; none if it isn't a database of this service. Read here because Kysely
 * reports a newer database as a corrupted one.
 */
export async function appliedMigrations(db: Kysely<Schema>): Promise<string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some(({ name }) => name === DEFAULT_MIGRATION_TABLE)) return [];
  const rows = await db
    .withTables<{ [DEFAULT_MIGRATION_TABLE]: { name: string } }>()
    .selectFrom(DEFAULT_MIGRATION_TABLE)
    .select("name")
    .execute();
  return rows.map(({ name }) => name);
}
