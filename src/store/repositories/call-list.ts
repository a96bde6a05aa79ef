import { setImmediate as yieldToEventLoop } from "node:timers/promises";
import type { ExpressionBuilder, Kysely } from "kysely";
import type { CallOutcome } from "../../calls/call-record.ts";
import { type CallSearchTerm, matchesSearch } from "../../calls/call-search.ts";
import type { CallRow, Schema } from "../db/schema.ts";
import type { RecordCipher } from "../encryption/record-cipher.ts";
import { SealError } from "../encryption/seal-error.ts";
import { hashTerm, openCallOrNull, openReport, type ReportTexts } from "./call-encryption.ts";
import type { CallKeys } from "./call-keys.ts";
import { STORED_CALL_COLUMNS, type StoredCall, toStoredCall, wasLookedUp } from "./stored-call.ts";
import { isUnlogged } from "./unlogged-calls.ts";

/** The position of a call in the list. */
export type CallCursor = Pick<StoredCall, "at" | "id">;

export interface CallQuery {
  /** Leaves out earlier calls, in milliseconds since 1970. */
  readonly since: number;
  /** Continues after this call, which may have been deleted; null for the newest. */
  readonly before: CallCursor | null;
  /** Only these; null for all. */
  readonly outcome: CallOutcome | null;
  /** Only calls that have a term of every inner list (`searchedTerms`); null for all. */
  readonly search: readonly (readonly CallSearchTerm[])[] | null;
  readonly limit: number;
}

export interface CallPage {
  readonly calls: readonly StoredCall[];
  /** Where the next page begins; null if there are no more. */
  readonly next: CallCursor | null;
}

/** Calls of one outcome in half an hour. */
export interface CallCount {
  /** The beginning of the half hour, in milliseconds since 1970. */
  readonly from: number;
  readonly outcome: CallOutcome;
  readonly calls: number;
}

/** A number that no contact has. */
export interface UnknownCaller {
  /** In E.164. */
  readonly caller: string;
  /** One of its calls. */
  readonly callId: string;
  readonly calls: number;
  /** When it last called, in milliseconds since 1970. */
  readonly lastAt: number;
}

/** Reads the calls of one firm. */
export interface CallList {
  /** A page of calls, newest first. Reads in steps, so that callers are answered in between. */
  list(firmId: string, query: CallQuery): Promise<CallPage>;
  /** A call with its whole texts; null if there is none. The texts are null if there are none beyond those in its report. */
  find(firmId: string, id: string): Promise<(StoredCall & { readonly texts: ReportTexts | null }) | null>;
  /** Calls that wait for a user's decision: whose contact isn't known, or whose phone log has failed. Newest first. */
  undecided(firmId: string, limit: number): Promise<StoredCall[]>;
  /** The number of calls since a moment, by half hour and outcome. */
  counts(firmId: string, since: number): Promise<CallCount[]>;
  /** Numbers without a contact that called at least twice since a moment, those who called most often first. */
  unknownCallers(firmId: string, since: number, limit: number): Promise<UnknownCaller[]>;
}

/** How many calls are searched at a time: SQLite runs synchronously. */
const SEARCH_STEP_CALLS = 10_000;
const HALF_HOUR_MS = 30 * 60_000;
const MAX_UNKNOWN_CALLERS = 5_000;

type CallRowOf = Pick<CallRow, (typeof STORED_CALL_COLUMNS)[number]>;

export function createCallList(db: Kysely<Schema>, keys: CallKeys): CallList {
  /** The ciphers of a firm's calls, each read once; null for a key that is gone or can't be opened. */
  function createCipherCache(firmId: string) {
    const ciphers = new Map<number, Promise<RecordCipher | null>>();
    return (period: number) => {
      const cipher = ciphers.get(period) ?? keys.cipherOf(db, firmId, period).catch(nullIfSealed);
      ciphers.set(period, cipher);
      return cipher;
    };
  }

  async function open(rows: readonly CallRowOf[], firmId: string): Promise<StoredCall[]> {
    const cipherOf = createCipherCache(firmId);
    const calls: StoredCall[] = [];
    for (const row of rows) {
      const cipher = await cipherOf(row.period);
      calls.push(toStoredCall(row, cipher && openCallOrNull(cipher, row)));
    }
    return calls;
  }

  /** For each of the firm's keys, the hashes of what is searched for. */
  async function hashSearch(firmId: string, search: readonly (readonly CallSearchTerm[])[]) {
    const rows = await db.selectFrom("call_keys").select("period").where("firm_id", "=", firmId).execute();
    const cipherOf = createCipherCache(firmId);
    const hashed: { period: number; patterns: string[][] }[] = [];
    for (const { period } of rows) {
      const cipher = await cipherOf(period);
      if (!cipher) continue;
      const patterns = search.map((terms) => terms.map((term) => `%.${hashTerm(cipher, term)}%`));
      hashed.push({ period, patterns });
    }
    return hashed;
  }

  async function fetchRows(firmId: string, ids: readonly string[]): Promise<CallRowOf[]> {
    if (ids.length === 0) return [];
    const rows = await db
      .selectFrom("calls")
      .select(STORED_CALL_COLUMNS)
      .where("firm_id", "=", firmId)
      .where("id", "in", [...ids])
      .execute();
    const byId = new Map(rows.map((row) => [row.id, row]));
    return ids.flatMap((id) => byId.get(id) ?? []);
  }

  return {
    async list(firmId, { since, before, outcome, search, limit }) {
      const hashed = search && (await hashSearch(firmId, search));
      // Everything that is compared is in one index, so that a step doesn't read the calls themselves.
      const ordered = db
        .selectFrom("calls")
        .select(["at", "id"])
        .where("firm_id", "=", firmId)
        .where("at", ">=", since)
        .orderBy("at", "desc")
        .orderBy("id", "desc");
      const found: StoredCall[] = [];
      let cursor = before;
      for (;;) {
        const from = cursor;
        const rest = from ? ordered.where((eb) => isAfter(eb, from)) : ordered;
        const stepEnd = await rest
          .offset(SEARCH_STEP_CALLS - 1)
          .limit(1)
          .executeTakeFirst();
        const missing = limit + 1 - found.length;
        let matching = rest.limit(missing);
        if (stepEnd) matching = matching.where((eb) => eb.not(isAfter(eb, stepEnd)));
        if (outcome) matching = matching.where("outcome", "=", outcome);
        if (hashed) matching = matching.where((eb) => hasTerms(eb, hashed));
        const positions = await matching.execute();
        const ids = positions.map(({ id }) => id);
        const calls = await open(await fetchRows(firmId, ids), firmId);
        found.push(...calls.filter(({ content }) => !search || (content && matchesSearch(content, search))));
        if (found.length > limit) {
          const page = found.slice(0, limit);
          return { calls: page, next: page.at(-1) ?? null };
        }
        const last = positions.at(-1);
        if (last && positions.length === missing) cursor = last;
        else if (stepEnd) cursor = stepEnd;
        else return { calls: found, next: null };
        await yieldToEventLoop();
      }
    },

    async find(firmId, id) {
      const row = await db
        .selectFrom("calls")
        .selectAll()
        .where("firm_id", "=", firmId)
        .where("id", "=", id)
        .executeTakeFirst();
      if (!row) return null;
      const cipher = await keys.cipherOf(db, firmId, row.period).catch(nullIfSealed);
      const content = cipher && openCallOrNull(cipher, row);
      return { ...toStoredCall(row, content), texts: cipher && content && openReport(cipher, row) };
    },

    async undecided(firmId, limit) {
      const rows = await db
        .selectFrom("calls")
        .select(STORED_CALL_COLUMNS)
        .where("firm_id", "=", firmId)
        .where(isUnlogged)
        .where("log_state", "in", ["needs_choice", "failed"])
        // For the time itself, SQLite would read all of the firm's calls in that order.
        .orderBy(({ eb }) => eb("at", "+", 0), "desc")
        .limit(limit)
        .execute();
      return open(rows, firmId);
    },

    async counts(firmId, since) {
      const rows = await db
        .selectFrom("calls")
        .select(({ eb, fn, lit }) => [
          eb("at", "/", lit(HALF_HOUR_MS)).as("halfHour"),
          "outcome",
          fn.countAll<number>().as("calls"),
        ])
        .where("firm_id", "=", firmId)
        .where("at", ">=", since)
        .groupBy(({ eb, lit }) => [eb("at", "/", lit(HALF_HOUR_MS)), "outcome"])
        .execute();
      return rows.map(({ halfHour, outcome, calls }) => ({
        from: Number(halfHour) * HALF_HOUR_MS,
        outcome,
        calls: Number(calls),
      }));
    },

    async unknownCallers(firmId, since, limit) {
      const groups = await db
        .selectFrom("calls")
        .select(({ fn }) => [fn.max("id").as("id"), fn.max("at").as("at"), fn.countAll<number>().as("calls")])
        .where("firm_id", "=", firmId)
        .where("at", ">=", since)
        .where("caller_hash", "is not", null)
        .where("contact_hash", "is", null)
        .groupBy(["period", "caller_hash"])
        .orderBy(({ fn }) => fn.max("at"), "desc")
        .limit(MAX_UNKNOWN_CALLERS)
        .execute();
      const calls = await open(
        await fetchRows(
          firmId,
          groups.map(({ id }) => id),
        ),
        firmId,
      );
      const groupsById = new Map(groups.map((group) => [group.id, group]));
      const byCaller = new Map<string, UnknownCaller>();
      for (const call of calls) {
        const group = groupsById.get(call.id);
        const caller = call.content?.caller;
        if (!group || !caller || !isUnknown(call)) continue;
        const known = byCaller.get(caller);
        byCaller.set(caller, {
          caller,
          callId: call.id,
          calls: (known?.calls ?? 0) + Number(group.calls),
          lastAt: Math.max(known?.lastAt ?? 0, Number(group.at)),
        });
      }
      return [...byCaller.values()]
        .filter(({ calls }) => calls >= 2)
        .toSorted((one, other) => other.calls - one.calls || other.lastAt - one.lastAt)
        .slice(0, limit);
    },
  };
}

function isUnknown(call: StoredCall): boolean {
  return wasLookedUp(call) && call.content?.contact === null && call.content.candidateCount === 0;
}

type CallExpressions = ExpressionBuilder<Schema, "calls">;

/** Whether a call comes after another one in the list, which has the newest first. */
function isAfter({ eb, or, and }: CallExpressions, { at, id }: CallCursor) {
  return or([eb("at", "<", at), and([eb("at", "=", at), eb("id", "<", id)])]);
}

function hasTerms(
  { eb, or, and }: CallExpressions,
  hashed: readonly { period: number; patterns: readonly (readonly string[])[] }[],
) {
  return or(
    hashed.map(({ period, patterns }) =>
      and([
        eb("period", "=", period),
        ...patterns.map((alternatives) => or(alternatives.map((pattern) => eb("terms", "like", pattern)))),
      ]),
    ),
  );
}

function nullIfSealed(error: unknown): null {
  if (!(error instanceof SealError)) throw error;
  return null;
}
