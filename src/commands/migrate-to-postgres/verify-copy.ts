import { type Kysely, sql } from "kysely";
import type { Schema } from "../../store/db/schema.ts";
import type { Sealer } from "../../store/encryption/sealing.ts";
import { createConnections } from "../../store/repositories/connections.ts";
import { opens } from "../../store/repositories/mirror-records.ts";
import { createWebhooks } from "../../store/repositories/webhooks.ts";
import { MigrationRefusedError } from "./migration-refused-error.ts";
import { type TableName, TRAVELLING } from "./tables.ts";

/** How many of something open with the secret keys. The others do not in the source either. */
export interface DecryptionCount {
  readonly one: string;
  readonly all: number;
  readonly open: number;
}

/** How many rows each table has. */
export type RowCounts = ReadonlyMap<TableName, number>;

export async function countRows(db: Kysely<Schema>): Promise<RowCounts> {
  const counts = new Map<TableName, number>();
  for (const table of TRAVELLING) {
    const { rows } = await db
      .selectFrom(table)
      .select(({ fn }) => fn.countAll<number>().as("rows"))
      .executeTakeFirstOrThrow();
    counts.set(table, Number(rows));
  }
  return counts;
}

/**
 * Checks a copy: that every table has as many rows, and that every connection, webhook secret and record opens where the
 * source's does.
 *
 * @param checked told how many more records were opened; what it throws ends the checking
 * @throws MoveRefused when it is not a whole copy
 */
export async function verifyCopy(
  source: Kysely<Schema>,
  target: Kysely<Schema>,
  sealer: Sealer,
  checked: (records: number) => void,
): Promise<DecryptionCount[]> {
  const [wanted, there] = [await countRows(source), await countRows(target)];
  for (const [table, rows] of wanted)
    if (there.get(table) !== rows)
      throw new MigrationRefusedError(
        `The copy is not whole: ${rows} rows of ${table} became ${there.get(table)}. This is a fault of this command.`,
      );

  const openings: DecryptionCount[] = [];
  for (const { one, closedIn } of SEALED) {
    const { all, closed } = await closedIn(target, sealer, checked);
    if (closed.length > 0) {
      const before = new Set((await closedIn(source, sealer, () => checked(0))).closed);
      const broken = closed.filter((key) => !before.has(key));
      if (broken.length > 0)
        throw new MigrationRefusedError(
          `The copy is not whole: ${broken.length} of ${all} (${one}) do not open, and did before. This is a fault of this command.`,
        );
    }
    openings.push({ one, all, open: all - closed.length });
  }
  return openings;
}

/** What is sealed: how many there are, and which of them no key opens. */
interface Closed {
  readonly all: number;
  readonly closed: readonly string[];
}

type ClosedIn = (db: Kysely<Schema>, sealer: Sealer, checked: (records: number) => void) => Promise<Closed>;

const SEALED: readonly { readonly one: string; readonly closedIn: ClosedIn }[] = [
  { one: "connection", closedIn: closedConnections },
  { one: "webhook secret", closedIn: closedWebhooks },
  { one: "record", closedIn: closedRecords },
];

async function closedConnections(db: Kysely<Schema>, sealer: Sealer): Promise<Closed> {
  const { ofFirm } = createConnections(db, sealer, Date.now);
  const firms = await db.selectFrom("firms").select("id").execute();
  const connections = (await Promise.all(firms.map(({ id }) => ofFirm(id)))).flat();
  const closed = connections.filter(({ state }) => state === "unreadable");
  return { all: connections.length, closed: closed.map(({ firmId, userId }) => `${firmId} ${userId}`) };
}

async function closedWebhooks(db: Kysely<Schema>, sealer: Sealer): Promise<Closed> {
  const { find } = createWebhooks(db, sealer);
  const shaken = await db
    .selectFrom("webhooks")
    .select("id")
    .where("sealed_secret", "is not", null)
    .execute();
  const webhooks = await Promise.all(shaken.map(({ id }) => find(id)));
  const closed = webhooks.flatMap((webhook) => (webhook && webhook.secret === null ? [webhook.id] : []));
  return { all: shaken.length, closed };
}

const RECORDS_AT_ONCE = 5_000;

async function closedRecords(
  db: Kysely<Schema>,
  sealer: Sealer,
  checked: (records: number) => void,
): Promise<Closed> {
  const closed: string[] = [];
  let all = 0;
  let query = db
    .selectFrom("mirror_records")
    .selectAll()
    .orderBy("mirror_id")
    .orderBy("kind")
    .orderBy("id")
    .limit(RECORDS_AT_ONCE);
  const first = query;
  for (;;) {
    const rows = await query.execute();
    for (const row of rows)
      if (!opens(row, sealer.cipherFor(row.mirror_id))) closed.push(`${row.mirror_id} ${row.kind} ${row.id}`);
    all += rows.length;
    checked(rows.length);
    const last = rows.at(-1);
    if (!last || rows.length < RECORDS_AT_ONCE) return { all, closed };
    query = first.where(sql<boolean>`(mirror_id, kind, id) > (${last.mirror_id}, ${last.kind}, ${last.id})`);
  }
}
