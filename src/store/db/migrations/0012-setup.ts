import { type Kysely, sql } from "kysely";

/** The names of a firm's keys are unique, new keys are kept for the session that created them, and setup has steps. */
export async function up(db: Kysely<unknown>): Promise<void> {
  // Nullable: during a rolling upgrade, a process of the version before still creates keys without it.
  await db.schema.alterTable("bearer_keys").addColumn("name_key", "text").execute();
  await makeKeyNamesUnique(db as Kysely<EarlierSchema>);
  await db.schema
    .createIndex("bearer_keys_by_name")
    .on("bearer_keys")
    .columns(["firm_id", "name_key"])
    .unique()
    .execute();

  await db.schema
    .createTable("key_reveals")
    .addColumn("key_id", "text", (column) =>
      column.primaryKey().notNull().references("bearer_keys.id").onDelete("cascade"),
    )
    .addColumn("firm_id", "text", (column) => column.notNull())
    .addColumn("user_id", "bigint", (column) => column.notNull())
    .addColumn("session_hash", "text", (column) => column.notNull())
    .addColumn("sealed", "text", (column) => column.notNull())
    .addColumn("expires_at", "bigint", (column) => column.notNull())
    .addForeignKeyConstraint(
      "key_reveals_of_connection",
      ["firm_id", "user_id"],
      "connections",
      ["firm_id", "user_id"],
      (constraint) => constraint.onDelete("cascade"),
    )
    .execute();

  await db.schema.alterTable("firms").addColumn("transfer_rules_added_at", "bigint").execute();
  // Firms that already receive calls have finished setup: their last call came after the rules.
  await sql`update firms set transfer_rules_added_at = last_call_at - 1`.execute(db);
}

interface EarlierSchema {
  bearer_keys: { id: string; firm_id: string; name: string; name_key: string | null; made_at: number };
}

/** Renames the later ones of keys with one name: "Upfirst", "Upfirst (2)". */
async function makeKeyNamesUnique(db: Kysely<EarlierSchema>): Promise<void> {
  const keys = await db
    .selectFrom("bearer_keys")
    .select(["id", "firm_id", "name"])
    .orderBy("made_at")
    .orderBy("id")
    .execute();
  const taken = new Set<string>();
  const place = (firmId: string, name: string) => `${firmId} ${toNameKey(name)}`;
  for (const { firm_id, name } of keys) taken.add(place(firm_id, name));
  const seen = new Set<string>();
  for (const { id, firm_id, name } of keys) {
    let unique = name;
    if (seen.has(place(firm_id, name)))
      for (let count = 2; taken.has(place(firm_id, unique)); count++) unique = `${name} (${count})`;
    seen.add(place(firm_id, unique));
    taken.add(place(firm_id, unique));
    await db
      .updateTable("bearer_keys")
      .set({ name: unique, name_key: toNameKey(unique) })
      .where("id", "=", id)
      .execute();
  }
}

function toNameKey(name: string): string {
  return name.normalize("NFKC").trim().replace(/\s+/g, " ").toLowerCase();
}
