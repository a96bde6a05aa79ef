import { type Kysely, sql } from "kysely";
import type { Schema } from "../../store/db/schema.ts";
import type { Sealer } from "../../store/encryption/sealing.ts";
import { createConnections } from "../../store/repositories/connections.ts";
import { formatCountOf } from "../../views/format.ts";
import { TABLES, type TableName } from "./tables.ts";

type Row = Readonly<Record<string, unknown>>;

/**
 * Finds what would be lost if the source overwrote the target: irreplaceable rows that only the target has, newer tokens,
 * and signs that a service has used the target since.
 *
 * @returns descriptions by firm ID; empty if nothing would be lost
 */
export async function findTargetOnlyData(
  source: Kysely<Schema>,
  target: Kysely<Schema>,
  sealer: Sealer,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, string[]>();
  const add = (firmId: string, what: string) => void found.set(firmId, [...(found.get(firmId) ?? []), what]);

  for (const [table, migration] of Object.entries(TABLES)) {
    if (migration.policy !== "preserve") continue;
    const columns = new Set<string>([...migration.primaryKey, migration.firmColumn]);
    const rows = await findTargetOnlyRows(source, target, table as TableName, migration.primaryKey, columns);
    const byFirm = Map.groupBy(rows, (row) => String(row[migration.firmColumn]));
    for (const [firmId, { length }] of byFirm)
      add(firmId, table === "firms" ? "the firm itself" : formatCountOf(length, migration.label));
  }
  for (const { firmId, userId } of await findNewerTokens(source, target, sealer))
    add(firmId, `a token of user ${userId} that is newer or can't be compared`);
  for (const firmId of await findLater(source, target, lastCallTimes)) add(firmId, "later calls");
  for (const firmId of await findLater(source, target, lastPollTimes)) add(firmId, "later changes from Clio");
  return found;
}

async function findTargetOnlyRows(
  source: Kysely<Schema>,
  target: Kysely<Schema>,
  table: TableName,
  primaryKey: readonly string[],
  columns: ReadonlySet<string>,
): Promise<Row[]> {
  const keyOf = (row: Row) => JSON.stringify(primaryKey.map((column) => row[column]));
  // Only these columns: the texts of a firm's calls can be larger than the memory.
  const rowsOf = async (db: Kysely<Schema>): Promise<Row[]> => {
    const { rows } = await sql<Row>`select ${sql.join([...columns].map((name) => sql.ref(name)))}
      from ${sql.table(table)}`.execute(db);
    return rows;
  };
  const sourceKeys = new Set((await rowsOf(source)).map(keyOf));
  return (await rowsOf(target)).filter((row) => !sourceKeys.has(keyOf(row)));
}

/** The connections in both databases whose token in the target may be the newer one. */
async function findNewerTokens(
  source: Kysely<Schema>,
  target: Kysely<Schema>,
  sealer: Sealer,
): Promise<{ firmId: string; userId: number }[]> {
  const inSource = createConnections(source, sealer, Date.now);
  const inTarget = createConnections(target, sealer, Date.now);
  const newer: { firmId: string; userId: number }[] = [];
  const rows = await target.selectFrom("connections").select(["firm_id", "user_id", "sealed"]).execute();
  for (const { firm_id: firmId, user_id: userId, sealed } of rows) {
    const sourceRow = await source
      .selectFrom("connections")
      .select("sealed")
      .where("firm_id", "=", firmId)
      .where("user_id", "=", userId)
      .executeTakeFirst();
    if (!sourceRow || sourceRow.sealed === sealed) continue;
    const ours = await inSource.find(firmId, userId);
    const theirs = await inTarget.find(firmId, userId);
    if (!ours?.token || !theirs?.token || theirs.token.obtainedAt > ours.token.obtainedAt)
      newer.push({ firmId, userId });
  }
  return newer;
}

/** The firms in both databases whose time is later in the target. */
async function findLater(
  source: Kysely<Schema>,
  target: Kysely<Schema>,
  timesOf: (db: Kysely<Schema>) => Promise<Map<string, number>>,
): Promise<string[]> {
  const [sourceTimes, targetTimes] = [await timesOf(source), await timesOf(target)];
  return [...targetTimes]
    .filter(([firmId, at]) => at > (sourceTimes.get(firmId) ?? at))
    .map(([firmId]) => firmId);
}

async function lastCallTimes(db: Kysely<Schema>): Promise<Map<string, number>> {
  return latestByFirm(await db.selectFrom("firms").select(["id as firm_id", "last_call_at as at"]).execute());
}

async function lastPollTimes(db: Kysely<Schema>): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom("mirrors")
    .select(["firm_id", "polled_at as at"])
    .where("gone", "=", 0)
    .execute();
  return latestByFirm(rows);
}

function latestByFirm(rows: readonly { firm_id: string; at: number | null }[]): Map<string, number> {
  const latest = new Map<string, number>();
  for (const { firm_id, at } of rows) latest.set(firm_id, Math.max(latest.get(firm_id) ?? 0, at ?? 0));
  return latest;
}
