import { setImmediate as yieldToEventLoop } from "node:timers/promises";
import type { Logger } from "pino";
import type { CallOutcome } from "../calls/call-record.ts";
import { redactError } from "../runtime/redact-error.ts";
import type { Calls, LookupToRecord } from "../store/repositories/calls.ts";

interface CallRecorderParts {
  readonly calls: Pick<Calls, "recordAll">;
  /** Called with the outcome of each answer. */
  readonly onAnswer: (outcome: CallOutcome) => void;
  /** Called with the number of answers that couldn't be recorded. */
  readonly onDropped: (answers: number) => void;
  readonly log: Logger;
}

interface BufferedAnswer {
  readonly firmId: string;
  readonly answer: LookupToRecord;
}

/** Answers are written together, because each write waits for the disk. */
const FLUSH_INTERVAL_MS = 500;
const RETRY_INTERVAL_MS = 2_000;
/** While the database is away. An answer takes about a kilobyte. */
const MAX_BUFFERED_ANSWERS = 10_000;
/**
 * Platforms repeat a request at once when a connection breaks. Later, the same answer belongs to a new request, which
 * `/setup` waits for and `/calls` shows.
 */
const REPEATED_ANSWER_MS = 500;
/** SQLite runs synchronously, so calls are answered between batches. A batch takes about a millisecond. */
const BATCH_ANSWERS = 16;
/** When answers come faster than this, batches are larger, because that costs less for each answer. */
const BUSY_ANSWERS_PER_MS = 2;
/** As many are written at once, without waiting for the interval: waiting, they would become old objects for V8 to collect. */
const LARGE_BATCH_ANSWERS = 50;

/**
 * Records the answers to callers. No caller waits for it: answers are collected in memory and written twice a
 * second, or sooner if there are many. `close` writes the rest; a process that is killed loses what it hasn't written
 * (docs/explanation/what-is-recorded.md).
 */
export class CallRecorder {
  readonly #parts: CallRecorderParts;
  /** The latest answers, and when each of them was asked for, oldest first. */
  readonly #latest = new Map<string, { answer: string; at: number }>();
  #buffer: BufferedAnswer[] = [];
  /** When the first of them was answered. */
  #bufferedSince = 0;
  #timer: NodeJS.Timeout | undefined;
  #forgetTimer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #isFailing = false;
  #isClosed = false;

  constructor(parts: CallRecorderParts) {
    this.#parts = parts;
  }

  /** Records an answer. Returns at once. */
  record(firmId: string, answer: LookupToRecord): void {
    this.#parts.onAnswer(answer.findings.outcome);
    if (this.#isRepeated(firmId, answer)) return;
    if (this.#buffer.length >= MAX_BUFFERED_ANSWERS) {
      this.#parts.onDropped(1);
      return;
    }
    this.#buffer.push({ firmId, answer });
    if (this.#buffer.length === 1) {
      this.#bufferedSince = performance.now();
      this.#schedule(FLUSH_INTERVAL_MS);
    } else if (this.#buffer.length === LARGE_BATCH_ANSWERS && !this.#isFailing) this.#schedule(0);
  }

  /** The call of this number has ended: what is answered next belongs to another one. */
  forgetCaller(firmId: string, caller: string | null): void {
    this.#latest.delete(`${firmId} ${caller}`);
  }

  /** Resolves once every answer recorded before is written. Rejects if the database fails; the answers stay buffered. */
  flush(): Promise<void> {
    if (this.#buffer.length === 0) return this.#writing;
    const written = this.#writing.then(() => this.#writeBuffer());
    this.#writing = written.catch(() => {});
    return written;
  }

  /** Resolves once the answers about a caller are written. @param caller in E.164; null if the number is withheld */
  async flushCaller(firmId: string, caller: string | null): Promise<void> {
    const isBuffered = this.#buffer.some(
      (entry) =>
        entry.firmId === firmId &&
        (entry.answer.caller.caller === caller || entry.answer.lookup.action === "responsible_staff"),
    );
    if (caller !== null && isBuffered) await this.flush();
  }

  /** Writes what is left. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    const { log, onDropped } = this.#parts;
    await this.flush().catch((error: unknown) => {
      onDropped(this.#buffer.length);
      log.error({ answers: this.#buffer.length, fault: redactError(error) }, "answers not recorded");
    });
  }

  #schedule(delayMs: number): void {
    if (this.#isClosed) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.flush().catch((error: unknown) => {
        // Once an outage, not at every try.
        if (!this.#isFailing) this.#parts.log.error({ fault: redactError(error) }, "recording is delayed");
        this.#isFailing = true;
        this.#schedule(RETRY_INTERVAL_MS);
      });
    }, delayMs).unref();
  }

  #isRepeated(firmId: string, { caller: { caller }, contactId, findings, lookup }: LookupToRecord): boolean {
    // Two withheld numbers may be two callers.
    if (caller === null && contactId === null) return false;
    const { outcome, contact, matter, person } = findings;
    const subject = `${firmId} ${caller ?? `contact ${contactId}`}`;
    const answer = `${lookup.action} ${lookup.name} ${lookup.matter} ${outcome} ${contact?.id} ${matter?.id} ${person?.id}`;
    const latest = this.#latest.get(subject);
    if (latest?.answer === answer && lookup.at - latest.at < REPEATED_ANSWER_MS) return true;
    this.#latest.delete(subject);
    this.#latest.set(subject, { answer, at: lookup.at });
    this.#forgetBefore(lookup.at - REPEATED_ANSWER_MS);
    // The contact's staff may be asked for again, for this call.
    if (contact && contactId === null) this.#latest.delete(`${firmId} contact ${contact.id}`);
    return false;
  }

  #forgetBefore(moment: number): void {
    for (const [subject, { at }] of this.#latest) {
      if (at > moment) break;
      this.#latest.delete(subject);
    }
  }

  async #writeBuffer(): Promise<void> {
    const answersPerMs = this.#buffer.length / (performance.now() - this.#bufferedSince);
    const batchAnswers = answersPerMs > BUSY_ANSWERS_PER_MS ? LARGE_BATCH_ANSWERS : BATCH_ANSWERS;
    while (this.#buffer.length > 0) {
      const batch = this.#buffer.slice(0, batchAnswers);
      await this.#write(batch);
      this.#buffer.splice(0, batch.length);
      await yieldToEventLoop();
    }
    this.#isFailing = false;
    // Nothing about callers stays in memory once calls have ended.
    clearTimeout(this.#forgetTimer);
    this.#forgetTimer = setTimeout(() => this.#latest.clear(), REPEATED_ANSWER_MS).unref();
  }

  async #write(batch: readonly BufferedAnswer[]): Promise<void> {
    const { calls, onDropped, log } = this.#parts;
    const byFirm = Map.groupBy(batch, ({ firmId }) => firmId);
    const answersOf = (entries: readonly BufferedAnswer[]) => entries.map(({ answer }) => answer);
    // A firm that was removed in the meantime has nothing to record anymore.
    const { failed } = await calls.recordAll(
      new Map(Array.from(byFirm, ([firmId, entries]) => [firmId, answersOf(entries)])),
    );
    for (const [firmId, error] of failed) {
      const answers = byFirm.get(firmId)?.length ?? 0;
      onDropped(answers);
      log.error({ firm: firmId, answers, fault: redactError(error) }, "answers not recorded");
    }
  }
}
