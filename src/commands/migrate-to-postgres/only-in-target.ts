import type { Kysely } from "kysely";
import type { Schema } from "../../store/db/schema.ts";
import type { Sealer } from "../../store/encryption/sealing.ts";
import { createConnections } from "../../store/repositories/connections.ts";
import { formatCountOf } from "../../views/format.ts";
import { TABLES, type TableName } from "./tables.ts";

type Row = Readonly<Record<string, unknown>>;

/**
 * What would be lost if the target became what the source is: irreplaceable rows that it alone has, tokens that are newer
 * there, and signs that a service has worked on it since.
 *
 * @returns in words, by the firm's id; empty when nothing would be lost
 */
export async function onlyInTarget(
  source: Kysely<Schema>,
  target: Kysely<Schema>,
  sealer: Sealer,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, string[]>();
  const add = (firm: string, what: string) => void found.set(firm, [...(found.get(firm) ?? []), what]);

  for (const [table, how] of Object.entries(TABLES)) {
    if (how.way !== "kept") continue;
    const alone = await rowsAlone(source, target, table as TableName, how.key);
    const byFirm = Map.groupBy(alone, (row) => String(row[how.firm]));
    for (const [firm, { length }] of byFirm)
      add(firm, table === "firms" ? "the firm itself" : formatCountOf(length, how.one));
  }
  for (const { firm, user } of await newerTokens(source, target, sealer))
    add(firm, `a token of user ${user} that is newer, or cannot be compared`);
  for (const firm of await laterIn(source, target, lastCalls)) add(firm, "calls that were answered later");
  for (const firm of await laterIn(source, target, lastPolls))
    add(firm, "changes in Clio that were read later");
  return found;
}

async function rowsAlone(
  source: Kysely<Schema>,
  target: Kysely<Schema>,
  table: TableName,
  key: readonly string[],
): Promise<Row[]> {
  const keyOf = (row: Row) => JSON.stringify(key.map((column) => row[column]));
  const there = await source.selectFrom(table).selectAll().execute();
  const known = new Set(there.map((row) => keyOf({ ...row })));
  const rows: Row[] = (await target.selectFrom(table).selectAll().execute()).map((row) => ({ ...row }));
  return rows.filter((row) => !known.has(keyOf(row)));
}

/** The connections of both whose token the target may have got later. */
async function newerTokens(
  source: Kysely<Schema>,
  target: Kysely<Schema>,
  sealer: Sealer,
): Promise<{ firm: string; user: number }[]> {
  const before = createConnections(source, sealer, Date.now);
  const now = createConnections(target, sealer, Date.now);
  const newer: { firm: string; user: number }[] = [];
  const rows = await target.selectFrom("connections").select(["firm_id", "user_id", "sealed"]).execute();
  for (const { firm_id: firm, user_id: user, sealed } of rows) {
    const same = await source
      .selectFrom("connections")
      .select("sealed")
      .where("firm_id", "=", firm)
      .where("user_id", "=", user)
      .executeTakeFirst();
    if (!same || same.sealed === sealed) continue;
    const [ours, theirs] = [await before.find(firm, user), await now.find(firm, user)];
    if (!ours?.token || !theirs?.token || theirs.token.obtainedAt > ours.token.obtainedAt)
      newer.push({ firm, user });
  }
  return newer;
}

/** The firms of both of which something happened later in the target. */
async function laterIn(
  source: Kysely<Schema>,
  target: Kysely<Schema>,
  momentsOf: (db: Kysely<Schema>) => Promise<Map<string, number>>,
): Promise<string[]> {
  const [before, now] = [await momentsOf(source), await momentsOf(target)];
  return [...now].filter(([firm, at]) => at > (before.get(firm) ?? at)).map(([firm]) => firm);
}

async function lastCalls(db: Kysely<Schema>): Promise<Map<string, number>> {
  return latest(await db.selectFrom("firms").select(["id as firm_id", "last_call_at as at"]).execute());
}

async function lastPolls(db: Kysely<Schema>): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom("mirrors")
    .select(["firm_id", "polled_at as at"])
    .where("gone", "=", 0)
    .execute();
  return latest(rows);
}

function latest(rows: readonly { firm_id: string; at: number | null }[]): Map<string, number> {
  const moments = new Map<string, number>();
  for (const { firm_id, at } of rows) moments.set(firm_id, Math.max(moments.get(firm_id) ?? 0, at ?? 0));
  return moments;
}
