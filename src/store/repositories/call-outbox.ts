import type { Kysely } from "kysely";
import type {
  CallContent,
  RecordedContact,
  RecordedMatter,
  RecordedPerson,
} from "../../calls/call-record.ts";
import { type Lease, withLease } from "../coordination/leases.ts";
import type { CallRow, Schema } from "../db/schema.ts";
import { acrossFirms } from "../db/tenant-guard.ts";
import type { RecordCipher } from "../encryption/record-cipher.ts";
import { SealError } from "../encryption/seal-error.ts";
import {
  hashContact,
  hashTerms,
  openCall,
  openReport,
  type ReportTexts,
  sealCall,
  sealReport,
} from "./call-encryption.ts";
import type { CallKeys } from "./call-keys.ts";
import { retryWhenChanged, updateCall } from "./calls.ts";
import { isUnlogged } from "./unlogged-calls.ts";

export type OutboxStep = NonNullable<CallRow["log_step"]>;

/** A call whose phone log or task is due in Clio. Times are milliseconds since 1970. */
export interface DueCall {
  readonly id: string;
  readonly firmId: string;
  readonly step: OutboxStep;
  /** When the call began. */
  readonly at: number;
  readonly reportedAt: number;
  /** When the phone log became due. */
  readonly since: number;
  /** Failed tries of this step. */
  readonly attempts: number;
  /** When Clio was last asked to create something in this step; null if it wasn't. */
  readonly attemptedAt: number | null;
  readonly content: CallContent;
  /** The whole texts of the report. */
  readonly texts: ReportTexts;
}

/** What a user chose for a call. */
export interface ChosenParties {
  readonly contact: RecordedContact;
  /** Null if the call is about no matter. */
  readonly matter: RecordedMatter | null;
  /** Null if no one of the firm is on the matter. */
  readonly person: RecordedPerson | null;
}

/** Calls of all firms by the state of their phone log. */
export interface OutboxTotals {
  readonly waiting: number;
  readonly needsChoice: number;
  readonly failed: number;
  /** When the oldest waiting one became due; null if none is waiting. */
  readonly oldestSince: number | null;
}

/**
 * The phone logs and tasks on their way into Clio (`docs/decisions/0025-outbox-into-clio.md`). Methods that take a lease
 * write only while this process holds it, and throw a `LeaseLostError` otherwise.
 */
export interface CallOutbox {
  /** The firms with a step that is due. */
  firmsDue(): Promise<string[]>;
  /** The firm's call that has been due for the longest; null if none is. A call that can't be decrypted is left for an hour. */
  nextDue(firmId: string): Promise<DueCall | null>;
  /**
   * Records that Clio is about to be asked to create something. If the process ends before it knows the outcome, the next
   * try comes at `retryAt`.
   */
  beginAttempt(call: DueCall, retryAt: number, lease: Lease): Promise<void>;
  /** The next step is due, with this content. */
  advance(call: DueCall, step: OutboxStep, content: CallContent, lease: Lease): Promise<void>;
  /** Everything is in Clio. @param keep false deletes the call */
  complete(call: DueCall, content: CallContent, keep: boolean, lease: Lease): Promise<void>;
  /** No single contact was found. */
  requireChoice(call: DueCall, content: CallContent, lease: Lease): Promise<void>;
  /**
   * A try has failed.
   *
   * @param isUnsent Clio certainly created nothing
   * @param isCounted whether it counts as a failed try
   */
  retry(
    call: DueCall,
    retry: { at: number; error: string; isUnsent: boolean; isCounted: boolean },
    lease: Lease,
  ): Promise<void>;
  fail(call: DueCall, error: string, lease: Lease): Promise<void>;
  /** Fails all of a firm's calls that have been waiting since before a moment. */
  failOverdue(firmId: string, before: number, error: string): Promise<void>;

  /** A user chose the contact and matter of a call. @returns false, without effect, if it doesn't wait for that */
  choose(firmId: string, id: string, parties: ChosenParties): Promise<boolean>;
  /** A user decided that no phone log is written. @returns false, without effect, if it doesn't wait for that */
  dismiss(firmId: string, id: string): Promise<boolean>;
  /** A user wants a failed step to be tried again. @returns false, without effect, if it hasn't failed */
  tryAgain(firmId: string, id: string): Promise<boolean>;

  /** The step for which Clio refuses the firm a permission; null if none is known to be refused. */
  refusedStep(firmId: string): Promise<OutboxStep | null>;
  totals(): Promise<OutboxTotals>;
}

const UNREADABLE_RETRY_MS = 60 * 60_000;
const IDLE = { log_step: null, log_due_at: null, log_attempted_at: null } as const;

/** @param now the clock, in milliseconds since 1970 */
export function createCallOutbox(db: Kysely<Schema>, keys: CallKeys, now: () => number): CallOutbox {
  /** Changes a call under the lease. Has no effect if it is no longer waiting, because the firm was removed. */
  async function change(
    { firmId, id }: DueCall,
    lease: Lease,
    values: Partial<Omit<CallRow, "id" | "firm_id" | "revision">>,
  ): Promise<void> {
    await withLease(db, lease, now, (trx) =>
      trx
        .updateTable("calls")
        .set(({ eb }) => ({ ...values, revision: eb("revision", "+", 1) }))
        .where("firm_id", "=", firmId)
        .where("id", "=", id)
        .where("log_state", "=", "waiting")
        .execute(),
    );
  }

  async function cipherOf({ firmId, id }: DueCall): Promise<RecordCipher | null> {
    const row = await db
      .selectFrom("calls")
      .select("period")
      .where("firm_id", "=", firmId)
      .where("id", "=", id)
      .executeTakeFirst();
    return row ? keys.cipherOf(db, firmId, row.period) : null;
  }

  /** Changes a call and its content. */
  async function changeContent(
    call: DueCall,
    content: CallContent,
    lease: Lease,
    values: Partial<Omit<CallRow, "id" | "firm_id" | "revision">>,
  ): Promise<void> {
    const cipher = await cipherOf(call);
    if (cipher)
      await change(call, lease, { ...values, ...sealedContent(cipher, call.firmId, call.id, content) });
  }

  return {
    async firmsDue() {
      const rows = await acrossFirms(db, "which firms have something due in Clio")
        .selectFrom("calls")
        .select("firm_id")
        .distinct()
        .where(isUnlogged)
        .where("log_state", "=", "waiting")
        .where("log_due_at", "<=", now())
        .execute();
      return rows.map(({ firm_id }) => firm_id);
    },

    async nextDue(firmId) {
      for (;;) {
        const row = await db
          .selectFrom("calls")
          .selectAll()
          .where("firm_id", "=", firmId)
          .where(isUnlogged)
          .where("log_state", "=", "waiting")
          .where("log_due_at", "<=", now())
          .orderBy("log_due_at")
          .limit(1)
          .executeTakeFirst();
        if (!row) return null;
        const call = await toDueCall(row);
        if (call) return call;
        // The operator may have removed a secret key by mistake.
        await db
          .updateTable("calls")
          .set({ log_due_at: now() + UNREADABLE_RETRY_MS, log_error: "internal_error" })
          .where("firm_id", "=", firmId)
          .where("id", "=", row.id)
          .execute();
      }
    },

    beginAttempt: (call, retryAt, lease) =>
      change(call, lease, { log_attempted_at: now(), log_due_at: retryAt }),

    advance: (call, step, content, lease) =>
      changeContent(call, content, lease, {
        log_step: step,
        log_due_at: now(),
        log_attempts: 0,
        log_attempted_at: null,
        log_error: null,
      }),

    async complete(call, content, keep, lease) {
      if (!keep) {
        await withLease(db, lease, now, (trx) =>
          trx.deleteFrom("calls").where("firm_id", "=", call.firmId).where("id", "=", call.id).execute(),
        );
        return;
      }
      const cipher = await cipherOf(call);
      if (!cipher) return;
      const { summary, message, transcript } = call.texts;
      const texts =
        transcript === null
          ? null
          : sealReport(cipher, call.firmId, call.id, { summary, message, transcript: null });
      await change(call, lease, {
        log_state: "logged",
        ...IDLE,
        log_error: null,
        ...sealedContent(cipher, call.firmId, call.id, content),
        // Clio has the transcript.
        ...(texts !== null && { sealed_report: texts, report_bytes: texts.length }),
      });
    },

    requireChoice: (call, content, lease) =>
      changeContent(call, content, lease, { log_state: "needs_choice", ...IDLE, log_error: null }),

    retry: (call, { at, error, isUnsent, isCounted }, lease) =>
      change(call, lease, {
        log_due_at: at,
        log_error: error,
        ...(isUnsent && { log_attempted_at: call.attemptedAt }),
        ...(isCounted && { log_attempts: call.attempts + 1 }),
      }),

    fail: (call, error, lease) =>
      change(call, lease, { log_state: "failed", log_due_at: null, log_error: error }),

    async failOverdue(firmId, before, error) {
      await db
        .updateTable("calls")
        .set(({ eb }) => ({
          log_state: "failed" as const,
          log_due_at: null,
          log_error: error,
          revision: eb("revision", "+", 1),
        }))
        .where("firm_id", "=", firmId)
        .where(isUnlogged)
        .where("log_state", "=", "waiting")
        .where("log_since", "<", before)
        .execute();
    },

    choose: (firmId, id, { contact, matter, person }) =>
      retryWhenChanged(db, async (trx) => {
        const row = await findDecidable(trx, firmId, id);
        // The task's phone log is in Clio already.
        if (!row || row.log_step === "task") return false;
        const cipher = await keys.cipherOf(trx, firmId, row.period);
        const content: CallContent = {
          ...openCall(cipher, row),
          contact,
          matter,
          person,
          role: null,
          away: null,
          isChosen: true,
        };
        await updateCall(trx, row, {
          log_state: "waiting",
          log_step: "log",
          ...dueNow(),
          ...sealedContent(cipher, firmId, id, content),
        });
        return true;
      }),

    dismiss: (firmId, id) =>
      retryWhenChanged(db, async (trx) => {
        const row = await findDecidable(trx, firmId, id);
        if (!row) return false;
        // With the phone log in Clio, only the task is dropped.
        await updateCall(trx, row, {
          log_state: row.log_step === "task" ? "logged" : "off",
          ...IDLE,
          log_error: null,
          ...(row.sealed_report !== null && { sealed_report: null, report_bytes: 0 }),
        });
        return true;
      }),

    tryAgain: (firmId, id) =>
      retryWhenChanged(db, async (trx) => {
        const row = await findDecidable(trx, firmId, id);
        if (row?.log_state !== "failed") return false;
        await updateCall(trx, row, {
          log_state: "waiting",
          log_step: row.log_step ?? "identify",
          ...dueNow(),
        });
        return true;
      }),

    async refusedStep(firmId) {
      const row = await db
        .selectFrom("calls")
        .select("log_step")
        .where("firm_id", "=", firmId)
        .where(isUnlogged)
        .where("log_state", "in", ["waiting", "failed"])
        .where("log_error", "=", "clio_permission")
        .limit(1)
        .executeTakeFirst();
      return row?.log_step ?? null;
    },

    async totals() {
      const rows = await acrossFirms(db, "metrics over all firms")
        .selectFrom("calls")
        .select(({ fn }) => ["log_state", fn.countAll().as("calls"), fn.min("log_since").as("since")])
        .where(isUnlogged)
        .groupBy("log_state")
        .execute();
      const count = (state: CallRow["log_state"]) =>
        Number(rows.find(({ log_state }) => log_state === state)?.calls ?? 0);
      const oldest = rows.find(({ log_state }) => log_state === "waiting")?.since;
      return {
        waiting: count("waiting"),
        needsChoice: count("needs_choice"),
        failed: count("failed"),
        oldestSince: oldest === undefined || oldest === null ? null : Number(oldest),
      };
    },
  };

  /** Keeps what is known of earlier attempts, so that Clio is asked first whether one of them succeeded. */
  function dueNow() {
    const at = now();
    return { log_since: at, log_due_at: at, log_attempts: 0, log_error: null };
  }

  async function findDecidable(trx: Kysely<Schema>, firmId: string, id: string): Promise<CallRow | null> {
    const row = await trx
      .selectFrom("calls")
      .selectAll()
      .where("firm_id", "=", firmId)
      .where("id", "=", id)
      .where("log_state", "in", ["needs_choice", "failed"])
      .executeTakeFirst();
    return row ?? null;
  }

  async function toDueCall(row: CallRow): Promise<DueCall | null> {
    const { id, firm_id: firmId, log_step: step, log_since: since, reported_at: reportedAt } = row;
    if (step === null || since === null || reportedAt === null) return null;
    try {
      const cipher = await keys.cipherOf(db, firmId, row.period);
      const content = openCall(cipher, row);
      const texts = openReport(cipher, row) ?? {
        summary: content.report?.summary ?? null,
        message: content.report?.message ?? null,
        transcript: null,
      };
      return {
        id,
        firmId,
        step,
        at: row.at,
        reportedAt,
        since,
        attempts: row.log_attempts,
        attemptedAt: row.log_attempted_at,
        content,
        texts,
      };
    } catch (error) {
      if (!(error instanceof SealError)) throw error;
      return null;
    }
  }
}

function sealedContent(cipher: RecordCipher, firmId: string, id: string, content: CallContent) {
  return {
    contact_hash: content.contact ? hashContact(cipher, content.contact.id) : null,
    terms: hashTerms(cipher, content),
    sealed: sealCall(cipher, firmId, id, content),
  };
}
