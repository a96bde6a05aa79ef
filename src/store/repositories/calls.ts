import type {
  AggregateFunctionBuilder,
  Expression,
  ExpressionBuilder,
  Kysely,
  SqlBool,
  Transaction,
} from "kysely";
import {
  CALL_JOIN_WINDOW_MS,
  type CallContent,
  type CallFindings,
  type CallLookup,
  type CallOutcome,
  continueCall,
  continuesCall,
  startCall,
} from "../../calls/call-record.ts";
import { haveSameTerms } from "../../calls/call-search.ts";
import { compileInsert } from "../db/compiled-insert.ts";
import { compileQuery, compileUpdate, type Param } from "../db/compiled-query.ts";
import type { CallRow, Schema } from "../db/schema.ts";
import { unsyncedTransaction } from "../db/sqlite/unsynced-transaction.ts";
import { acrossFirms } from "../db/tenant-guard.ts";
import { createRandomBlocks } from "../encryption/random-blocks.ts";
import type { RecordCipher } from "../encryption/record-cipher.ts";
import { SealError } from "../encryption/seal-error.ts";
import { hashCaller, hashContact, hashTerms, openCall, openCallOrNull, sealCall } from "./call-encryption.ts";
import type { CallKeys, RecentPeriods } from "./call-keys.ts";

/** An answer to be recorded. */
export interface LookupToRecord {
  readonly caller: Pick<CallContent, "caller" | "callerEnding">;
  /** The contact that was asked about by its ID; null if the caller was asked about. */
  readonly contactId: number | null;
  readonly findings: CallFindings;
  readonly lookup: CallLookup;
}

/** What was recorded of several firms' answers. */
export interface Recorded {
  /** The firms whose answers were recorded. The others aren't admitted, or are among the failed ones. */
  readonly firmIds: ReadonlySet<string>;
  /** The firms whose answers can't be encrypted, each with the reason. Trying again doesn't help. */
  readonly failed: ReadonlyMap<string, SealError>;
}

/** A firm's latest call, as far as it can be told without its details. */
export interface LatestCall {
  readonly id: string;
  /** When it began, in milliseconds since 1970. */
  readonly at: number;
  readonly outcome: CallOutcome;
  /** Null if the call can't be decrypted. */
  readonly content: CallContent | null;
}

/** How long calls are kept, in milliseconds since 1970. */
export interface CallExpiry {
  /** Calls before this are deleted, unless something is still due. */
  readonly keptSince: number;
  /** Calls without a report are kept at least since this, because the report may still come. */
  readonly reportableSince: number;
  /** Calls that wait for a user's decision are kept at least since this. */
  readonly undecidedSince: number;
}

/** The calls of each firm. Everything about them but their times, outcomes and states is encrypted. */
export interface Calls {
  /**
   * Adds answers to the calls they belong to, or as new calls (`docs/decisions/0022-what-counts-as-one-call.md`). All of
   * them, or none.
   *
   * @param lookups in the order in which they were answered
   * @returns false, without effect, if the firm isn't admitted
   */
  record(firmId: string, lookups: readonly LookupToRecord[]): Promise<boolean>;
  /**
   * The same for several firms, all of them in one transaction: with many firms, hardly two answers in a row are of the same
   * one.
   *
   * @param lookupsByFirm by firm ID
   */
  recordAll(lookupsByFirm: ReadonlyMap<string, readonly LookupToRecord[]>): Promise<Recorded>;
  count(firmId: string): Promise<number>;
  /** The call with the latest answer, which may have begun before others; null if there is none. */
  latest(firmId: string): Promise<LatestCall | null>;
  /**
   * Deletes calls of all firms that are no longer kept, at most about a number of them.
   *
   * @returns whether there may be more
   */
  deleteExpired(expiry: CallExpiry, limit: number): Promise<boolean>;
  /** Deletes calls of a firm, at most a number of them. @returns whether there may be more */
  deleteByFirm(firmId: string, limit: number): Promise<boolean>;
  /**
   * Deletes the oldest calls of firms that have more than this, at most about a number of them per firm. Unreported ones go
   * first. Those that wait for Clio or for a user's decision stay.
   *
   * @returns whether there may be more
   */
  deleteExcess(maxCalls: number, limit: number): Promise<boolean>;
}

/** A firm's answers in a batch, with the keys of its calls of the last two hours. */
interface FirmLookups {
  readonly firmId: string;
  readonly lookups: readonly LookupToRecord[];
  readonly periods: RecentPeriods;
  /** The hashes of the callers' numbers with the key of each period, by number. */
  readonly callerHashes: ReadonlyMap<string, readonly string[]>;
}

/** An open call while a batch is being recorded. */
interface OpenCall {
  /** What the database has; null for a new call. */
  readonly stored: { readonly row: CallRow; readonly content: CallContent } | null;
  readonly row: CallRow;
  readonly cipher: RecordCipher;
  content: CallContent;
  isChanged: boolean;
}

const COLUMNS = [
  "id",
  "firm_id",
  "period",
  "hour",
  "at",
  "last_at",
  "outcome",
  "caller_hash",
  "contact_hash",
  "terms",
  "revision",
  "reported_at",
  "log_state",
  "log_step",
  "log_since",
  "log_due_at",
  "log_attempts",
  "log_attempted_at",
  "log_error",
  "report_bytes",
  "sealed",
  "sealed_report",
] as const satisfies (keyof CallRow)[];
const HOUR_MS = 60 * 60_000;
/** A call may be used for longer than the join window, because every use extends it. */
const MAX_OPEN_HOURS = 5;
const TIME_DIGITS = 12;
const nextRandomBytes = createRandomBlocks(6);
const MAX_ATTEMPTS = 5;
/**
 * Of those from one number, or with one contact, only the latest can go on; the others are for when it can't be decrypted.
 * Without a limit, someone with a key could make every answer about a contact open thousands of calls.
 */
const MAX_OPEN_CALLS = 3;
/** Hashes that one query looks for: always as many, so that it is compiled and prepared once. */
const MAX_FOUND_HASHES = 50;

/** Among those that began last, the call with the latest answer is looked for. */
const MAX_RECENT_CALLS = 20;

function answeredAt({ at, content }: LatestCall): number {
  return content?.lookups.at(-1)?.at ?? at;
}

/** Begins with the time, so that new rows are next to each other in the index. */
export function createCallId(at: number): string {
  return at.toString(16).padStart(TIME_DIGITS, "0") + nextRandomBytes().toString("hex");
}

/** The hours in which a call that may still be open was inserted. */
export function recentHours(at: number): number[] {
  return numbered(MAX_OPEN_HOURS, (back) => hourOf(at) - back);
}

function hourOf(at: number): number {
  return Math.floor(at / HOUR_MS);
}

/**
 * A row with nothing about a report yet.
 * @param insertedAt milliseconds since 1970
 */
export function newCallRow(
  insertedAt: number,
  row: Pick<
    CallRow,
    "id" | "firm_id" | "period" | "at" | "last_at" | "outcome" | "caller_hash" | "contact_hash"
  >,
): CallRow {
  return {
    ...row,
    hour: hourOf(insertedAt),
    terms: "",
    revision: 1,
    reported_at: null,
    log_state: null,
    log_step: null,
    log_since: null,
    log_due_at: null,
    log_attempts: 0,
    log_attempted_at: null,
    log_error: null,
    report_bytes: 0,
    sealed: "",
    sealed_report: null,
  };
}

/** Another process has changed a call since it was read. */
class CallChangedError extends Error {
  override readonly name = "CallChangedError";
}

/**
 * Runs a transaction again if another process changed a call in the meantime.
 * @param runTransaction by default one that survives a power failure
 */
export async function retryWhenChanged<T>(
  db: Kysely<Schema>,
  work: (trx: Transaction<Schema>) => Promise<T>,
  runTransaction: typeof unsyncedTransaction = (database, work) => database.transaction().execute(work),
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await runTransaction(db, work);
    } catch (error) {
      if (!(error instanceof CallChangedError) || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}

/** Writes a changed row. @throws CallChangedError if another process has changed it since it was read */
export async function updateCall(
  trx: Kysely<Schema>,
  { id, firm_id, revision }: Pick<CallRow, "id" | "firm_id" | "revision">,
  change: Partial<Omit<CallRow, "id" | "firm_id" | "revision">>,
): Promise<void> {
  const updated = await trx
    .updateTable("calls")
    .set({ ...change, revision: revision + 1 })
    .where("firm_id", "=", firm_id)
    .where("id", "=", id)
    .where("revision", "=", revision)
    .returning("id")
    .executeTakeFirst();
  if (!updated) throw new CallChangedError("the call was changed in the meantime");
}

/** The keys of the calls of the last two hours, the current one first. Throws as `CallKeys.periodAt` does. */
export async function recentPeriods(
  keys: CallKeys,
  trx: Kysely<Schema>,
  firmId: string,
  at: number,
): Promise<RecentPeriods> {
  const periods = (await keys.periodsOf(trx, [firmId], joinWindow(at))).get(firmId);
  if (periods === undefined || periods instanceof SealError) throw periods;
  return periods;
}

function latestFirst(
  rowNumber: AggregateFunctionBuilder<Schema, "calls", number>,
  column: "caller_hash" | "contact_hash",
) {
  return rowNumber.over((over) => over.partitionBy(["firm_id", column]).orderBy("last_at", "desc"));
}

function numbered<T>(count: number, item: (number: number) => T): T[] {
  return Array.from({ length: count }, (_, number) => item(number));
}

function chunksOf<T>(items: readonly T[], length: number): T[][] {
  return numbered(Math.ceil(items.length / length), (chunk) =>
    items.slice(chunk * length, (chunk + 1) * length),
  );
}

function hashCallers(lookups: readonly LookupToRecord[], periods: RecentPeriods): Map<string, string[]> {
  const numbers = new Set(lookups.flatMap(({ caller: { caller } }) => caller ?? []));
  return new Map(
    Array.from(numbers, (number) => [number, periods.map(({ cipher }) => hashCaller(cipher, number))]),
  );
}

/** Whether two versions of a call are found by the same contact and words, so that their hashes are the same. */
function isFoundBySame(one: CallContent, other: CallContent): boolean {
  return one.contact?.id === other.contact?.id && haveSameTerms(one, other);
}

/** The time in which a call can have begun that goes on at a moment. */
function joinWindow(at: number) {
  return { since: at - CALL_JOIN_WINDOW_MS, until: at };
}

export function createCalls(db: Kysely<Schema>, keys: CallKeys, now: () => number): Calls {
  const continueWithSameFindings = compileUpdate(
    (param: Param<"id" | "firm_id" | "revision" | "next" | "last_at" | "sealed">) =>
      db
        .updateTable("calls")
        .set({ last_at: param("last_at"), sealed: param("sealed"), revision: param("next") })
        .where("firm_id", "=", param("firm_id"))
        .where("id", "=", param("id"))
        .where("revision", "=", param("revision")),
  );
  const insertCalls = compileInsert(COLUMNS, (rows) => db.insertInto("calls").values(rows));
  const findOpen = {
    caller_hash: compileFindOpen("caller_hash"),
    contact_hash: compileFindOpen("contact_hash"),
  };

  function compileFindOpen(column: "caller_hash" | "contact_hash") {
    const unguarded = acrossFirms(db, "the calls of several firms are written in one transaction");
    return compileQuery(db, (param: Param<`hour${number}` | `hash${number}` | "since">) => {
      const ranked = unguarded
        .selectFrom("calls")
        .select(["id", ({ fn }) => latestFirst(fn.agg<number>("row_number"), column).as("rank")])
        .where(
          "hour",
          "in",
          numbered(MAX_OPEN_HOURS, (number) => param(`hour${number}`)),
        )
        .where(
          column,
          "in",
          numbered(MAX_FOUND_HASHES, (number) => param(`hash${number}`)),
        )
        .where("last_at", ">", param("since"))
        .where("reported_at", "is", null)
        .as("ranked");
      return unguarded
        .selectFrom("calls")
        .selectAll()
        .where("id", "in", (query) =>
          query.selectFrom(ranked).select("ranked.id").where("ranked.rank", "<=", MAX_OPEN_CALLS),
        );
    });
  }

  /** Takes a firm's lookups one after another, and changes or adds calls in memory. */
  function joinLookups(
    { firmId, lookups, periods, callerHashes }: FirmLookups,
    openCalls: readonly OpenCall[],
  ): OpenCall[] {
    const [current] = periods;
    const open = [...openCalls];
    for (const { caller, contactId, findings, lookup } of lookups) {
      const isSame = ({ content }: OpenCall) =>
        contactId === null
          ? caller.caller !== null && content.caller === caller.caller
          : content.contact?.id === contactId;
      const call = open.findLast((one) => isSame(one) && continuesCall({ lastAt: one.row.last_at }, lookup));
      if (call) {
        call.content = continueCall(call.content, findings, lookup);
        call.row.last_at = Math.max(call.row.last_at, lookup.at);
        if (findings.outcome !== "error") call.row.outcome = findings.outcome;
        call.isChanged = true;
        continue;
      }
      const row = newCallRow(now(), {
        id: createCallId(now()),
        firm_id: firmId,
        period: current.period,
        at: lookup.at,
        last_at: lookup.at,
        outcome: findings.outcome,
        caller_hash: callerHashes.get(caller.caller ?? "")?.[0] ?? null,
        contact_hash: null,
      });
      const content = startCall(caller, findings, lookup);
      open.push({ stored: null, row, cipher: current.cipher, content, isChanged: true });
    }
    return open.filter(({ isChanged }) => isChanged);
  }

  /**
   * Unreported calls of the last two hours from the same callers or with the same contacts, in the order they were used, by
   * firm ID.
   */
  async function findOpenCalls(
    trx: Kysely<Schema>,
    firms: readonly FirmLookups[],
  ): Promise<Map<string, OpenCall[]>> {
    const times = firms.flatMap(({ lookups }) => lookups.map(({ lookup }) => lookup.at));
    const since = Math.min(...times) - CALL_JOIN_WINDOW_MS;
    const hashes = { caller_hash: new Set<string>(), contact_hash: new Set<string>() };
    for (const { lookups, periods, callerHashes } of firms) {
      for (const hash of [...callerHashes.values()].flat()) hashes.caller_hash.add(hash);
      for (const { contactId } of lookups)
        if (contactId !== null)
          for (const { cipher } of periods) hashes.contact_hash.add(hashContact(cipher, contactId));
    }
    const hours = Object.fromEntries(recentHours(now()).map((hour, number) => [`hour${number}`, hour]));
    const rows = new Map<string, CallRow>();
    for (const column of ["caller_hash", "contact_hash"] as const)
      for (const some of chunksOf([...hashes[column]], MAX_FOUND_HASHES)) {
        const wanted = numbered(MAX_FOUND_HASHES, (number) => [`hash${number}`, some[number] ?? ""]);
        const found = await findOpen[column]({ ...hours, ...Object.fromEntries(wanted), since }, trx);
        for (const row of found) rows.set(row.id, row);
      }
    const periodsOf = new Map(firms.map(({ firmId, periods }) => [firmId, periods]));
    const open = [...rows.values()]
      .toSorted((one, other) => one.last_at - other.last_at)
      .flatMap((row) => {
        const cipher = periodsOf.get(row.firm_id)?.find(({ period }) => period === row.period)?.cipher;
        const content = cipher && openCallOrNull(cipher, row);
        return content
          ? [{ stored: { row, content }, row: { ...row }, cipher, content, isChanged: false }]
          : [];
      });
    return Map.groupBy(open, ({ row }) => row.firm_id);
  }

  function seal({ row, cipher, content }: OpenCall): CallRow {
    return {
      ...row,
      contact_hash: content.contact ? hashContact(cipher, content.contact.id) : null,
      terms: hashTerms(cipher, content),
      sealed: sealCall(cipher, row.firm_id, row.id, content),
    };
  }

  /** Most answers of a call find the same, and so leave the indexes as they are. */
  async function continueStored(
    trx: Kysely<Schema>,
    stored: NonNullable<OpenCall["stored"]>,
    call: OpenCall,
  ): Promise<void> {
    const { id, firm_id, revision, outcome: storedOutcome } = stored.row;
    const { last_at, outcome } = call.row;
    if (outcome !== storedOutcome || !isFoundBySame(call.content, stored.content)) {
      const { contact_hash, terms, sealed } = seal(call);
      return updateCall(trx, stored.row, { last_at, outcome, contact_hash, terms, sealed });
    }
    const sealed = sealCall(call.cipher, firm_id, id, call.content);
    const values = { id, firm_id, revision, next: revision + 1, last_at, sealed };
    const updated = await continueWithSameFindings(values, trx);
    if (updated === 0) throw new CallChangedError("the call was changed in the meantime");
  }

  async function recordAll(lookupsByFirm: ReadonlyMap<string, readonly LookupToRecord[]>): Promise<Recorded> {
    return retryWhenChanged(
      db,
      async (trx) => {
        const admitted = await acrossFirms(trx, "the calls of several firms are written in one transaction")
          .selectFrom("firms")
          .select("id")
          .where("id", "in", [...lookupsByFirm.keys()])
          .execute();
        const firmIds = admitted.map(({ id }) => id);
        if (firmIds.length === 0) return { firmIds: new Set<string>(), failed: new Map<string, SealError>() };
        const periodsByFirm = await keys.periodsOf(trx, firmIds, joinWindow(now()));
        const failed = new Map<string, SealError>();
        const firms: FirmLookups[] = [];
        for (const [firmId, periods] of periodsByFirm) {
          if (periods instanceof SealError) failed.set(firmId, periods);
          else {
            const lookups = lookupsByFirm.get(firmId) ?? [];
            firms.push({ firmId, lookups, periods, callerHashes: hashCallers(lookups, periods) });
          }
        }
        const open = await findOpenCalls(trx, firms);
        const changed = firms.flatMap((firm) => joinLookups(firm, open.get(firm.firmId) ?? []));
        const added = changed.filter(({ stored }) => stored === null).map(seal);
        await insertCalls(trx, added);
        // In the same order in every process: two that update the same calls would otherwise wait for each other.
        const continued = changed.toSorted((one, other) => (one.row.id < other.row.id ? -1 : 1));
        for (const call of continued) if (call.stored) await continueStored(trx, call.stored, call);
        return { firmIds: new Set(firms.map(({ firmId }) => firmId)), failed };
      },
      unsyncedTransaction,
    );
  }

  async function deleteOldest(
    firmId: string,
    limit: number,
    condition: (builder: ExpressionBuilder<Schema, "calls">) => Expression<SqlBool>,
  ): Promise<number> {
    const oldest = db
      .selectFrom("calls")
      .select("id")
      .where("firm_id", "=", firmId)
      .where(condition)
      .orderBy("at")
      .limit(limit);
    const { numDeletedRows } = await db
      .deleteFrom("calls")
      .where("firm_id", "=", firmId)
      .where("id", "in", oldest)
      .executeTakeFirstOrThrow();
    return Number(numDeletedRows);
  }

  return {
    recordAll,

    async record(firmId, lookups) {
      const { firmIds, failed } = await recordAll(new Map([[firmId, lookups]]));
      const error = failed.get(firmId);
      if (error) throw error;
      return firmIds.has(firmId);
    },

    async count(firmId) {
      const { calls } = await db
        .selectFrom("calls")
        .select(({ fn }) => fn.countAll().as("calls"))
        .where("firm_id", "=", firmId)
        .executeTakeFirstOrThrow();
      return Number(calls);
    },

    async latest(firmId) {
      const rows = await db
        .selectFrom("calls")
        .select(["id", "firm_id", "period", "at", "last_at", "outcome", "sealed"])
        .where("firm_id", "=", firmId)
        .orderBy("at", "desc")
        .orderBy("id", "desc")
        .limit(MAX_RECENT_CALLS)
        .execute();
      const [newest] = rows;
      let latest: LatestCall | null = null;
      // `last_at` may be the time of a report, so it only rules calls out.
      for (const row of rows.filter(({ last_at }) => last_at >= (newest?.at ?? 0))) {
        const { id, at, outcome } = row;
        const call = { id, at, outcome, content: await findContent(keys, db, row) };
        if (!latest || answeredAt(call) > answeredAt(latest)) latest = call;
      }
      return latest;
    },

    async deleteExpired({ keptSince, reportableSince, undecidedSince }, limit) {
      const unguarded = acrossFirms(db, "calls of every firm are kept equally long");
      const expired = unguarded
        .selectFrom("calls")
        .select("id")
        // For the index. A call is inserted after it was answered, which can be in the hour after.
        .where("hour", "<=", hourOf(keptSince) + 1)
        .where("last_at", "<", keptSince)
        .where(({ eb, or, and }) =>
          or([
            and([eb("log_state", "is", null), eb("last_at", "<", reportableSince)]),
            eb("log_state", "in", ["logged", "off"]),
            and([eb("log_state", "in", ["needs_choice", "failed"]), eb("last_at", "<", undecidedSince)]),
          ]),
        )
        .limit(limit);
      const { numDeletedRows } = await unguarded
        .deleteFrom("calls")
        .where("id", "in", expired)
        .executeTakeFirstOrThrow();
      return Number(numDeletedRows) === limit;
    },

    async deleteByFirm(firmId, limit) {
      const some = db.selectFrom("calls").select("id").where("firm_id", "=", firmId).limit(limit);
      const { numDeletedRows } = await db
        .deleteFrom("calls")
        .where("firm_id", "=", firmId)
        .where("id", "in", some)
        .executeTakeFirstOrThrow();
      return Number(numDeletedRows) === limit;
    },

    async deleteExcess(maxCalls, limit) {
      const unguarded = acrossFirms(db, "the number of calls is limited for every firm");
      const firms = await unguarded
        .selectFrom("calls")
        .select(({ fn }) => ["firm_id", fn.countAll<number>().as("calls")])
        .groupBy("firm_id")
        .having(({ fn }) => fn.countAll(), ">", maxCalls)
        .execute();
      let isMore = false;
      for (const { firm_id: firmId, calls } of firms) {
        const excess = Number(calls) - maxCalls;
        const batch = Math.min(limit, excess);
        let deleted = await deleteOldest(firmId, batch, ({ eb }) => eb("reported_at", "is", null));
        if (deleted < batch)
          deleted += await deleteOldest(firmId, batch - deleted, ({ eb }) =>
            eb("log_state", "in", ["logged", "off"]),
          );
        isMore ||= deleted === limit;
      }
      return isMore;
    },
  };
}

/** The content of a call; null if it can't be decrypted, because its key is gone or it was changed. */
export async function findContent(
  keys: CallKeys,
  db: Kysely<Schema>,
  row: Pick<CallRow, "id" | "firm_id" | "period" | "sealed">,
): Promise<CallContent | null> {
  try {
    return openCall(await keys.cipherOf(db, row.firm_id, row.period), row);
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    return null;
  }
}
