import { type Kysely, sql } from "kysely";

/** Administrators, and the history of each firm. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable("firms").addColumn("admitted_by", "bigint").execute();
  for (const column of ["administrator", "account_owner"])
    await db.schema
      .alterTable("connections")
      .addColumn(column, "integer", (definition) => definition.notNull().defaultTo(sql`0`))
      .execute();
  await appointFirstUsers(db);

  await db.schema
    .createTable("audit_events")
    .addColumn("id", "text", (column) => column.primaryKey().notNull())
    .addColumn("firm_id", "text", (column) => column.notNull().references("firms.id").onDelete("cascade"))
    .addColumn("at", "bigint", (column) => column.notNull())
    .addColumn("kind", "text", (column) => column.notNull())
    .addColumn("actor_id", "bigint")
    .addColumn("subject_id", "bigint")
    .addColumn("sealed", "text", (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex("audit_events_of_firm")
    .on("audit_events")
    .columns(["firm_id", "at", "id"])
    .execute();
  await db.schema.createIndex("audit_events_by_time").on("audit_events").column("at").execute();
}

/**
 * Until now every connected user was an administrator. From here on it is the one who connected first: still connected, if
 * possible, so that no firm is left without an administrator.
 */
async function appointFirstUsers(db: Kysely<unknown>): Promise<void> {
  await sql`update firms set admitted_by = (
    select user_id from connections where connections.firm_id = firms.id
    order by case when state = 'connected' then 0 else 1 end, connected_at, user_id limit 1)`.execute(db);
  await sql`update connections set administrator = 1 where user_id = (
    select admitted_by from firms where firms.id = connections.firm_id)`.execute(db);
}
