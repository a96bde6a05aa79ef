import type { Kysely } from "kysely";
import { DEFAULT_MIGRATION_TABLE, type Migration, Migrator } from "kysely/migration";
import type { Schema } from "./schema.ts";

/** The database cannot be brought to the shape this code needs. It is as it was before. */
export class MigrationError extends Error {
  override readonly name = "MigrationError";
  readonly code = "migration_error";
}

/**
 * Runs the migrations that the database has not seen, all of them or none.
 *
 * @param db its dialect must run DDL in transactions (`supportsTransactionalDdl`)
 * @throws MigrationError when one fails, or when a newer version of this service has been at the database
 */
export async function migrate(
  db: Kysely<Schema>,
  migrations: Readonly<Record<string, Migration>>,
): Promise<void> {
  const seen = await migrationsSeenBy(db);
  const unknown = seen.filter((name) => !Object.hasOwn(migrations, name));
  if (unknown.length > 0) {
    throw new MigrationError(
      `the database is newer than this version of the service: it has ${unknown.join(", ")}. ` +
        "Start the version that made it, or put back a backup from before.",
    );
  }

  // Nothing to do takes no lock: a command that looks beside the service waits for none of its writes.
  if (seen.length === Object.keys(migrations).length) return;

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
 * The names of the migrations that were run on the database; none for one of somebody else's. Kysely's own list, asked for
 * here because its error for a newer database speaks of a corrupted one.
 */
export async function migrationsSeenBy(db: Kysely<Schema>): Promise<string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some(({ name }) => name === DEFAULT_MIGRATION_TABLE)) return [];
  const rows = await db
    .withTables<{ [DEFAULT_MIGRATION_TABLE]: { name: string } }>()
    .selectFrom(DEFAULT_MIGRATION_TABLE)
    .select("name")
    .execute();
  return rows.map(({ name }) => name);
}
