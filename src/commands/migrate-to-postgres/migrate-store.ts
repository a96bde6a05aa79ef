import { type Kysely, sql, type Transaction } from "kysely";
import { openPostgres } from "../../store/db/postgres/postgres.ts";
import type { Schema } from "../../store/db/schema.ts";
import type { Sealer } from "../../store/encryption/sealing.ts";
import { openDatabase } from "../../store/store.ts";
import { formatCount, formatCountOf } from "../../views/format.ts";
import { copyTable } from "./copy-table.ts";
import { formatTargetOnlyData } from "./format-migration.ts";
import { MigrationRefusedError } from "./migration-refused-error.ts";
import type { MigratedTable, MigrationResult } from "./migration-result.ts";
import type { Source } from "./source.ts";
import { COPIED_TABLES, TABLES } from "./tables.ts";
import { findTargetOnlyData } from "./target-only-data.ts";
import { countRows, type RowCounts, verifyCopy } from "./verify-copy.ts";

interface MigrationOptions {
  readonly sealer: Sealer;
  /** Overwrite data that only the target has. */
  readonly replace: boolean;
  /** Rolls everything back. */
  readonly signal: AbortSignal;
  /** Called with the share of all work that is done, 0 to 1, and a text about it. */
  onProgress(share: number, text: string): void;
  /** Called when everything is copied and verified. From here on the target may be changed. */
  onCommit(): void;
}

const SESSION_SETTINGS = [
  // Copying may take long. Waiting for another session's lock may not.
  "set local statement_timeout = 0",
  "set local lock_timeout = '5s'",
  // If this machine vanishes halfway, the target doesn't stay locked for hours.
  "set local idle_in_transaction_session_timeout = '60s'",
];

/**
 * Copies the source into the target and verifies the copy, in one transaction: no one sees any of it before it is
 * complete. If anything goes wrong, the target's data is unchanged; only its tables have been created.
 *
 * @param url of a PostgreSQL database
 * @throws MigrationRefusedError with the reason; the signal's reason; an error of the network or of PostgreSQL
 */
export async function migrateStore(
  source: Source,
  url: string,
  options: MigrationOptions,
): Promise<MigrationResult> {
  const { sealer, replace, signal, onCommit } = options;
  const startedAt = performance.now();
  const counts = await countRows(source.db);
  const progress = trackProgress(counts, options);
  await (await openDatabase({ kind: "postgres", url })).destroy();
  const target = await openPostgres<Schema>(url, "maintenance");
  try {
    return await target.transaction().execute(async (trx) => {
      const removeListener = await cancelOnAbort(signal, trx, target);
      try {
        return await copyAndVerify(trx);
      } finally {
        removeListener();
      }
    });
  } catch (error) {
    // A cancelled statement rejects with PostgreSQL's own error.
    signal.throwIfAborted();
    throw error;
  } finally {
    await target.destroy();
  }

  async function copyAndVerify(trx: Transaction<Schema>): Promise<MigrationResult> {
    await lockTables(trx);
    const replaced = await findTargetOnlyData(source.db, trx, sealer);
    if (replaced.size > 0 && !replace) throw new MigrationRefusedError(formatTargetOnlyData(replaced));
    await sql`truncate ${allTables()}`.execute(trx);

    const tables: MigratedTable[] = [];
    for (const table of COPIED_TABLES) {
      const tableStartedAt = performance.now();
      await copyTable(source.db, trx, table, progress.onCopied);
      tables.push({ table, rows: counts.get(table) ?? 0, seconds: secondsSince(tableStartedAt) });
    }
    const decryptionCounts = await verifyCopy(source.db, trx, sealer, progress.onVerified);
    // Otherwise the first callers are looked up with query plans made for empty tables.
    await sql`analyze ${allTables()}`.execute(trx);
    source.assertUnchanged();
    signal.throwIfAborted();
    onCommit();
    return { seconds: secondsSince(startedAt), tables, decryptionCounts, replaced };
  }
}

/** Locks the target's tables until the transaction ends. */
async function lockTables(trx: Transaction<Schema>): Promise<void> {
  for (const statement of SESSION_SETTINGS) await sql.raw(statement).execute(trx);
  await sql`lock table ${allTables()} in access exclusive mode`.execute(trx).catch((error: unknown) => {
    if (!isLockedByOthers(error)) throw error;
    throw new MigrationRefusedError(
      "The target's tables are in use: by a service, another migration or a backup. Stop it, or wait until it ends, and try again.",
    );
  });
}

const LOCK_NOT_AVAILABLE = "55P03";
const DEADLOCK_DETECTED = "40P01";

function isLockedByOthers(error: unknown): boolean {
  return (
    error instanceof Error &&
    "code" in error &&
    [LOCK_NOT_AVAILABLE, DEADLOCK_DETECTED].includes(`${error.code}`)
  );
}

/** Cancels the transaction's running statement when the signal aborts. Returns a function that removes the listener. */
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

function allTables() {
  return sql.join(Object.keys(TABLES).map((name) => sql.table(name)));
}

/** Every row is copied once, and every record of a mirror is decrypted once. */
function trackProgress(
  counts: RowCounts,
  { signal, onProgress }: Pick<MigrationOptions, "signal" | "onProgress">,
) {
  const rows = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const records = counts.get("mirror_records") ?? 0;
  let [copied, verified] = [0, 0];
  const show = (text: string) => {
    signal.throwIfAborted();
    onProgress((copied + verified) / Math.max(1, rows + records), text);
  };
  return {
    onCopied(more: number) {
      copied += more;
      show(`${formatCount(copied)} of ${formatCountOf(rows, "row")} copied`);
    },
    onVerified(more: number) {
      verified += more;
      show(`${formatCount(verified)} of ${formatCountOf(records, "record")} verified`);
    },
  };
}

function secondsSince(startedAt: number): number {
  return (performance.now() - startedAt) / 1000;
}
