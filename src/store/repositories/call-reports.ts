import type { Kysely } from "kysely";
import {
  CALL_JOIN_WINDOW_MS,
  type CallContent,
  type CallFindings,
  type CallOutcome,
  type CallReport,
  NOTHING_FOUND,
} from "../../calls/call-record.ts";
import type { CallRow, Schema } from "../db/schema.ts";
import { unsyncedTransaction } from "../db/sqlite/unsynced-transaction.ts";
import { acrossFirms } from "../db/tenant-guard.ts";
import {
  hashCaller,
  hashContact,
  hashTerms,
  openCallOrNull,
  type ReportTexts,
  sealCall,
  sealReport,
} from "./call-encryption.ts";
import type { CallKeys, CallPeriod } from "./call-keys.ts";
import {
  createCallId,
  newCallRow,
  recentHours,
  recentPeriods,
  retryWhenChanged,
  updateCall,
} from "./calls.ts";
import type { FirmKeys } from "./firm-keys.ts";
import { claimReport } from "./reported-calls.ts";
import { isUnlogged } from "./unlogged-calls.ts";

/** A report of a call that has ended. */
export interface ReportToStore {
  readonly caller: Pick<CallContent, "caller" | "callerEnding">;
  /** What identifies the report: the platform's ID of the call, or its content. */
  readonly identity: string;
  /** For how long the same report is recognized, in milliseconds. */
  readonly recognizedForMs: number;
  readonly report: CallReport;
  /** The whole texts, if they are longer than those in `report`; null otherwise. */
  readonly texts: ReportTexts | null;
  /** Whether a phone log is due in Clio. */
  readonly isLogged: boolean;
}

export interface StoredReport {
  /** The ID of the call. */
  readonly id: string;
  /** Whether the report was stored before; nothing is changed then. */
  readonly isDuplicate: boolean;
}

/** What is stored for a firm and not in Clio yet. */
export interface Backlog {
  readonly calls: number;
  /** The size of the long texts. */
  readonly bytes: number;
}

/** The reports of calls that have ended. */
export interface CallReports {
  /**
   * Stores reports: each closes the open call from its number, or is a call of its own
   * (`docs/decisions/0022-what-counts-as-one-call.md`). All of them, or none. Durable once it resolves.
   *
   * With several processes, one at a time: two that store the same reports in different orders can wait for each other, until
   * PostgreSQL ends one of them.
   *
   * @returns the result for each report, in the same order
   * @throws the database's error if the firm isn't admitted
   */
  store(firmId: string, reports: readonly ReportToStore[]): Promise<StoredReport[]>;
  /** Calls that wait for Clio or for a user's decision. */
  backlog(firmId: string): Promise<Backlog>;
}

/**
 * One is enough; the others are for when it can't be decrypted. Without a limit, each of many reports about one number would
 * open all earlier ones.
 */
const MAX_RECENT_CALLS = 3;

/**
 * @param waitForDisk resolves once everything that `unsyncedTransaction` has committed is on the disk
 * @param now the clock, in milliseconds since 1970
 */
export function createCallReports(
  db: Kysely<Schema>,
  keys: CallKeys,
  firmKeys: FirmKeys,
  waitForDisk: () => Promise<void>,
  now: () => number,
): CallReports {
  async function storeOne(
    trx: Kysely<Schema>,
    firmId: string,
    periods: readonly [CallPeriod, ...CallPeriod[]],
    hash: string,
    report: ReportToStore,
  ): Promise<StoredReport> {
    const at = now();
    const earlier = await findRecentCalls(trx, firmId, periods, report, at);
    const open = earlier.find(({ row }) => row.reported_at === null);
    const id = open?.row.id ?? createCallId(at);
    const expiresAt = at + report.recognizedForMs;
    const claimedBy = await claimReport(trx, { firmId, hash, callId: id, expiresAt, at });
    if (claimedBy !== id) return { id: claimedBy, isDuplicate: true };

    if (open) {
      const content = { ...open.content, report: report.report };
      await updateCall(trx, open.row, { last_at: at, ...sealed(open.period, open.row, content, report, at) });
      return { id, isDuplicate: false };
    }
    const [period] = periods;
    const { caller } = report.caller;
    const row = newCallRow(at, {
      id,
      firm_id: firmId,
      period: period.period,
      at: Math.min(report.report.startedAt ?? at, at),
      last_at: at,
      outcome: outcomeOfReport(report),
      caller_hash: caller === null ? null : hashCaller(period.cipher, caller),
      contact_hash: null,
    });
    // What was found a moment ago still holds, even if that call has been reported.
    const content: CallContent = {
      ...findingsIn(earlier[0]?.content),
      ...report.caller,
      report: report.report,
      lookups: [],
      phoneLogId: null,
      taskId: null,
      isChosen: false,
    };
    await trx
      .insertInto("calls")
      .values({ ...row, ...sealed(period, row, content, report, at) })
      .execute();
    return { id, isDuplicate: false };
  }

  /** The latest calls from the same number in the last two hours: those without a report first, then the latest first. */
  async function findRecentCalls(
    trx: Kysely<Schema>,
    firmId: string,
    periods: readonly CallPeriod[],
    { caller: { caller } }: ReportToStore,
    at: number,
  ): Promise<{ row: CallRow; period: CallPeriod; content: CallContent }[]> {
    if (caller === null) return [];
    // With the firm as a condition, SQLite reads all of the firm's calls instead of those of the caller.
    const rows = await acrossFirms(
      trx,
      "a firm's hashes are made with its own keys, so no other firm has them",
    )
      .selectFrom("calls")
      .selectAll()
      .where("hour", "in", recentHours(at))
      .where(
        "caller_hash",
        "in",
        periods.map(({ cipher }) => hashCaller(cipher, caller)),
      )
      .where("last_at", ">", at - CALL_JOIN_WINDOW_MS)
      .orderBy(({ eb }) => eb("reported_at", "is", null), "desc")
      .orderBy("last_at", "desc")
      .limit(MAX_RECENT_CALLS)
      .execute();
    return rows.flatMap((row) => {
      const period = row.firm_id === firmId && periods.find((one) => one.period === row.period);
      const content = period && openCallOrNull(period.cipher, row);
      return content ? [{ row, period, content }] : [];
    });
  }

  function sealed(
    { cipher }: CallPeriod,
    { firm_id: firmId, id }: CallRow,
    content: CallContent,
    { texts, isLogged }: ReportToStore,
    at: number,
  ) {
    const sealedReport = texts && sealReport(cipher, firmId, id, texts);
    return {
      contact_hash: content.contact ? hashContact(cipher, content.contact.id) : null,
      terms: hashTerms(cipher, content),
      reported_at: at,
      log_state: isLogged ? ("waiting" as const) : ("off" as const),
      log_step: isLogged ? (content.contact ? ("log" as const) : ("identify" as const)) : null,
      log_since: isLogged ? at : null,
      log_due_at: isLogged ? at : null,
      report_bytes: sealedReport?.length ?? 0,
      sealed: sealCall(cipher, firmId, id, content),
      sealed_report: sealedReport,
    };
  }

  return {
    async store(firmId, reports) {
      // Before the transaction, because SQLite has a single connection.
      const firmCipher = await firmKeys.cipherFor(firmId);
      const hashes = reports.map(({ identity }) => firmCipher.hash(`report ${identity}`));
      const stored = await retryWhenChanged(
        db,
        async (trx) => {
          const periods = await recentPeriods(keys, trx, firmId, now());
          const results: StoredReport[] = [];
          for (const [index, report] of reports.entries())
            results.push(await storeOne(trx, firmId, periods, hashes[index] ?? "", report));
          return results;
        },
        unsyncedTransaction,
      );
      // Also for duplicates: the first report may not be on the disk yet.
      await waitForDisk();
      return stored;
    },

    async backlog(firmId) {
      const { calls, bytes } = await db
        .selectFrom("calls")
        .select(({ fn }) => [fn.countAll().as("calls"), fn.sum("report_bytes").as("bytes")])
        .where("firm_id", "=", firmId)
        .where(isUnlogged)
        .executeTakeFirstOrThrow();
      return { calls: Number(calls), bytes: Number(bytes ?? 0) };
    },
  };
}

function findingsIn(call: CallContent | undefined): Omit<CallFindings, "outcome"> {
  if (!call) return NOTHING_FOUND;
  const { contact, matter, person, role, relation, away, matchedOn, candidateCount, ambiguous } = call;
  return { contact, matter, person, role, relation, away, matchedOn, candidateCount, ambiguous };
}

/** Of a call that no one looked up. */
function outcomeOfReport({ caller, report }: ReportToStore): CallOutcome {
  if (report.transferredTo !== null) return "routed";
  return caller.caller === null && caller.callerEnding === null ? "withheld" : "nobody";
}
