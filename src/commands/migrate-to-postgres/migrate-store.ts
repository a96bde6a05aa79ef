import { type Kysely, sql, type Transaction } from "kysely";
import { openPostgres } from "../../store/db/postgres.ts";
import type { Schema } from "../../store/db/schema.ts";
import type { Sealer } from "../../store/encryption/sealing.ts";
import { openDatabase } from "../../store/store.ts";
import { formatCount, formatCountOf } from "../../views/format.ts";
import { copyTable } from "./copy-table.ts";
import { formatLoss } from "./format-migration.ts";
import { MigrationRefusedError } from "./migration-refused-error.ts";
import type { MigratedTable, MigrationResult } from "./migration-result.ts";
import { onlyInTarget } from "./only-in-target.ts";
import type { Source } from "./source.ts";
import { TABLES, TRAVELLING } from "./tables.ts";
import { countRows, type RowCounts, verifyCopy } from "./verify-copy.ts";

interface MigrationOptions {
  readonly sealer: Sealer;
  /** Overwrites what the target alone has. */
  readonly replace: boolean;
  /** Takes everything back. */
  readonly signal: AbortSignal;
  /** Told how much of all the work is done, 0 to 1, and what is being done. */
  progress(share: number, text: string): void;
  /** Told when everything is there and checked: from now on the target may be changed. */
  committing(): void;
}

/** A statement's own affair is how long it takes; what others hold is not waited for. */
const LIMITS = [
  "set local statement_timeout = 0",
  "set local lock_timeout = '5s'",
  // Should this machine vanish in the middle, the target is not left locked for hours.
  "set local idle_in_transaction_session_timeout = '60s'",
];

/**
 * Makes the target what the source is, in one transaction, in which the copy is checked, too: before its end nobody sees
 * anything of it, and whatever goes wrong, nothing was changed but that the tables are there.
 *
 * @param url of a PostgreSQL database
 * @throws MoveRefused with the reason; the signal's reason; the error of the network or of PostgreSQL
 */
export async function migrateStore(
  source: Source,
  url: string,
  options: MigrationOptions,
): Promise<MigrationResult> {
  const { sealer, replace, signal, committing } = options;
  const began = performance.now();
  const counts = await countRows(source.db);
  const work = workOf(counts, options);
  await (await openDatabase({ kind: "postgres", url })).destroy();
  const target = await openPostgres<Schema>(url, "upkeep");
  try {
    return await target.transaction().execute(async (trx) => {
      const stopListening = await cancelOnAbort(signal, trx, target);
      try {
        return await copyAndVerify(trx);
      } finally {
        stopListening();
      }
    });
  } catch (error) {
    // What was cancelled says so in PostgreSQL's words.
    signal.throwIfAborted();
    throw error;
  } finally {
    await target.destroy();
  }

  async function copyAndVerify(trx: Transaction<Schema>): Promise<MigrationResult> {
    await haveAlone(trx);
    const replaced = await onlyInTarget(source.db, trx, sealer);
    if (replaced.size > 0 && !replace) throw new MigrationRefusedError(formatLoss(replaced));
    await sql`truncate ${everyTable()}`.execute(trx);

    const tables: MigratedTable[] = [];
    for (const table of TRAVELLING) {
      const tableBegan = performance.now();
      await copyTable(source.db, trx, table, work.copied);
      tables.push({ table, rows: counts.get(table) ?? 0, seconds: secondsSince(tableBegan) });
    }
    const openings = await verifyCopy(source.db, trx, sealer, work.checked);
    // The first callers would otherwise be looked up by plans that are made for empty tables.
    await sql`analyze ${everyTable()}`.execute(trx);
    source.mustBeUntouched();
    signal.throwIfAborted();
    committing();
    return { seconds: secondsSince(began), tables, openings, replaced };
  }
}

/** The target's tables for oneself, as long as the transaction lasts. */
async function haveAlone(trx: Transaction<Schema>): Promise<void> {
  for (const limit of LIMITS) await sql.raw(limit).execute(trx);
  await sql`lock table ${everyTable()} in access exclusive mode`.execute(trx).catch((error: unknown) => {
    if (!isHeldByOthers(error)) throw error;
    throw new MigrationRefusedError(
      "Somebody else is using the tables of the target: a service, another move, a backup. Stop it, or let it end, and try again.",
    );
  });
}

const LOCK_NOT_AVAILABLE = "55P03";
const DEADLOCK = "40P01";

function isHeldByOthers(error: unknown): boolean {
  return (
    error instanceof Error && "code" in error && [LOCK_NOT_AVAILABLE, DEADLOCK].includes(`${error.code}`)
  );
}

/** Cancels the transaction's running statement when the signal aborts. Returns what stops listening. */
async function cancelOnAbort(
  signal: AbortSignal,
  trx: Transaction<Schema>,
  target: Kysely<Schema>,
): Promise<() => void> {
  const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(trx);
  const cancel = () => void sql`select pg_cancel_backend(${rows[0]?.pid})`.execute(target).catch(() => {});
  signal.addEventListener("abort", cancel);
  signal.throwIfAborted();
  return () => signal.removeEventListener("abort", cancel);
}

function everyTable() {
  return sql.join(Object.keys(TABLES).map((name) => sql.table(name)));
}

/** Every row is copied once, and every record opened once. */
function workOf(counts: RowCounts, { signal, progress }: Pick<MigrationOptions, "signal" | "progress">) {
  const rows = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const records = counts.get("mirror_records") ?? 0;
  let [copied, checked] = [0, 0];
  const show = (text: string) => {
    signal.throwIfAborted();
    progress((copied + checked) / Math.max(1, rows + records), text);
  };
  return {
    copied(more: number) {
      copied += more;
      show(`${formatCount(copied)} of ${formatCountOf(rows, "row")} copied`);
    },
    checked(more: number) {
      checked += more;
      show(`${formatCount(checked)} of ${formatCountOf(records, "record")} checked`);
    },
  };
}

function secondsSince(moment: number): number {
  return (performance.now() - moment) / 1000;
}
