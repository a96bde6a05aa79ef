import { decodeProtectedHeader } from "jose";
import { type Kysely, sql } from "kysely";

/**
 * Mirrors with their records, search terms and pending changes; leases; and webhooks.
 *
 * A mirror's rows have no foreign key: deleting a mirror must not delete its hundreds of thousands of rows at once
 * (`DiscardedMirrors`).
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable("connections").addColumn("kid", "text").execute();
  await setKeyIds(db as Kysely<Connections>);

  await db.schema
    .createTable("mirrors")
    .addColumn("id", "bigint", (column) => column.primaryKey().notNull())
    .addColumn("firm_id", "text", (column) => column.notNull())
    .addColumn("user_id", "bigint", (column) => column.notNull())
    .addColumn("form", "text", (column) => column.notNull())
    .addColumn("gone", "integer", (column) => column.notNull().defaultTo(0))
    .addColumn("begun_at", "bigint", (column) => column.notNull())
    .addColumn("complete_at", "bigint")
    .addColumn("pass_kind", "text")
    .addColumn("pass_after", "bigint", (column) => column.notNull().defaultTo(0))
    .addColumn("pass_next", "text")
    .addColumn("pass_begun_at", "bigint")
    .addColumn("pass_contacts", "integer")
    .addColumn("pass_matters", "integer")
    .addColumn("pass_read", "integer", (column) => column.notNull().defaultTo(0))
    .addColumn("pass_wanted", "integer", (column) => column.notNull().defaultTo(0))
    .addColumn("passed_at", "bigint")
    .addColumn("polled_at", "bigint")
    .addColumn("changed_at", "bigint")
    .addColumn("users", "integer", (column) => column.notNull().defaultTo(0))
    .addColumn("contacts", "integer", (column) => column.notNull().defaultTo(0))
    .addColumn("matters", "integer", (column) => column.notNull().defaultTo(0))
    .addColumn("users_revision", "integer", (column) => column.notNull().defaultTo(0))
    .addColumn("hooks_checked_at", "bigint")
    .addColumn("hooks_address", "text")
    .addColumn("hooks_trouble", "text")
    .addColumn("trouble", "text")
    .addColumn("failures", "integer", (column) => column.notNull().defaultTo(0))
    .addColumn("retry_at", "bigint", (column) => column.notNull().defaultTo(0))
    .execute();
  await db.schema
    .createIndex("mirror_of_firm")
    .unique()
    .on("mirrors")
    .column("firm_id")
    .where(sql.ref("gone"), "=", sql.lit(0))
    .execute();

  await db.schema
    .createTable("mirror_records")
    .addColumn("mirror_id", "bigint", (column) => column.notNull())
    .addColumn("kind", "text", (column) => column.notNull())
    .addColumn("id", "bigint", (column) => column.notNull())
    .addColumn("client_id", "bigint")
    .addColumn("digest", "text", (column) => column.notNull())
    .addColumn("sealed", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("mirror_records_pk", ["mirror_id", "kind", "id"])
    .execute();
  await db.schema
    .createIndex("mirror_records_of_client")
    .on("mirror_records")
    .columns(["mirror_id", "client_id"])
    .where(sql.ref("client_id"), "is not", null)
    .execute();

  await db.schema
    .createTable("mirror_terms")
    .addColumn("mirror_id", "bigint", (column) => column.notNull())
    .addColumn("hash", "text", (column) => column.notNull())
    .addColumn("contact_id", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("mirror_terms_pk", ["mirror_id", "hash", "contact_id"])
    .execute();
  await db.schema
    .createIndex("mirror_terms_of_contact")
    .on("mirror_terms")
    .columns(["mirror_id", "contact_id"])
    .execute();

  await db.schema
    .createTable("noted_changes")
    .addColumn("mirror_id", "bigint", (column) => column.notNull())
    .addColumn("kind", "text", (column) => column.notNull())
    .addColumn("record_id", "bigint", (column) => column.notNull())
    .addColumn("times", "integer", (column) => column.notNull())
    .addPrimaryKeyConstraint("noted_changes_pk", ["mirror_id", "kind", "record_id"])
    .execute();

  await db.schema
    .createTable("leases")
    .addColumn("name", "text", (column) => column.primaryKey().notNull())
    .addColumn("holder", "text", (column) => column.notNull())
    .addColumn("until", "bigint", (column) => column.notNull())
    .execute();

  await db.schema
    .createTable("webhooks")
    .addColumn("id", "text", (column) => column.primaryKey().notNull())
    .addColumn("firm_id", "text", (column) => column.notNull().references("firms.id").onDelete("cascade"))
    .addColumn("user_id", "bigint", (column) => column.notNull())
    .addColumn("model", "text", (column) => column.notNull())
    .addColumn("url", "text", (column) => column.notNull())
    .addColumn("clio_id", "bigint")
    .addColumn("sealed_secret", "text")
    .addColumn("expires_at", "bigint", (column) => column.notNull())
    .execute();
  await db.schema.createIndex("webhooks_of_firm").on("webhooks").column("firm_id").execute();
}

/** The connections table as this migration sees it. */
interface Connections {
  connections: { firm_id: string; user_id: number; sealed: string; kid: string | null };
}

/** The ID of a connection's key is in the header of its JWE, where a query can't find it. */
async function setKeyIds(db: Kysely<Connections>): Promise<void> {
  const rows = await db.selectFrom("connections").select(["firm_id", "user_id", "sealed"]).execute();
  for (const { firm_id, user_id, sealed } of rows)
    await db
      .updateTable("connections")
      .set({ kid: keyIdOf(sealed) })
      .where("firm_id", "=", firm_id)
      .where("user_id", "=", user_id)
      .execute();
}

/** Null for a damaged connection. */
function keyIdOf(sealed: string): string | null {
  try {
    return decodeProtectedHeader(sealed).kid ?? null;
  } catch {
    return null;
  }
}
