import { randomUUID } from "node:crypto";
import { setImmediate as otherWork, setTimeout as pause } from "node:timers/promises";
import pLimit from "p-limit";
import type { Logger } from "pino";
import type { CountryCode } from "../calls/matching/search-terms.ts";
import { GrantRevokedError } from "../clio/oauth.ts";
import { removeWebhooks } from "../connections/remove-webhooks.ts";
import type { UserClio } from "../connections/user-clio.ts";
import { ClioNotConnectedError, ClioRateLimitedError, ServiceError } from "../errors.ts";
import { redactError } from "../runtime/redact-error.ts";
import { type RequestContext, startContext } from "../runtime/request-context.ts";
import { type Lease, LeaseLostError } from "../store/coordination/leases.ts";
import type { Connection } from "../store/repositories/connections.ts";
import type { FirmMirror, FullSync, Mirror } from "../store/repositories/mirrors.ts";
import type { ChangeKind } from "../store/repositories/pending-changes.ts";
import type { Store } from "../store/store.ts";
import { POLL_INTERVAL_MS } from "./freshness.ts";
import { type MirrorRequirements, nextSyncStep, type Step } from "./next-step.ts";
import { reconcileWebhooks, WAITING_FOR_HANDSHAKE } from "./reconcile-webhooks.ts";
import { applyPendingChanges, poll, restartKind, startFullSync, syncPage } from "./sync-steps.ts";

interface SchedulerParts {
  store: Store;
  userClio: UserClio;
  /** What the mirrors are to be; null when nothing is kept (`DIRECTORY=live`). */
  requirements: MirrorRequirements | null;
  settings: { readonly defaultCountry: CountryCode };
  log: Logger;
  now: () => number;
  /** Every firm is looked at this often (milliseconds); what cannot wait is told by `look`. */
  pollIntervalMs?: number | undefined;
  /** Told when the first of the firms is read from end to end, and when the last one is through. */
  onFullSyncStart?: (() => void) | undefined;
  onFullSyncEnd?: (() => void) | undefined;
}

const TICK_INTERVAL_MS = 2_000;
/** What can wait is looked for at every so manieth look: a thousand firms are a lot to read every two seconds. */
const TICKS_PER_FULL_CHECK = 5;
/** A step that takes longer is given up and made again. */
const STEP_TIMEOUT_MS = 25_000;
/** Whoever dies while reading is replaced after that, at somebody's next look. */
const LEASE_MS = 20_000;
/** A sign of life while a step takes long. */
const LEASE_RENEWAL_INTERVAL_MS = 6_000;
/** Requests a minute that are never taken from the receptionist. */
const REQUESTS_RESERVED_FOR_CALLS = 20;
/** Changes seldom come alone: so long they are collected before they are read (milliseconds). */
const DEBOUNCE_MS = 250;
/** Firms that are read at the same time; one that Clio lets hang holds up none of the others. */
const MAX_CONCURRENT_FIRMS = 16;
const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 60_000;
/** A page that fails so often is one that Clio does not know any more. */
const MAX_ATTEMPTS_PER_PAGE = 4;
const SWEEP_BATCH_ROWS = 500;
/** What Clio could not be told is tried again after that (milliseconds). */
const WEBHOOK_CLEANUP_INTERVAL_MS = 5 * 60_000;

/**
 * Keeps the firms' mirrors: begins and completes them, reads what has changed, keeps the webhooks alive, and throws away
 * what nobody may be answered from any more. What is to be done stands in the store alone, so that it does not matter which
 * process does it, nor when it was stopped.
 */
export class MirrorScheduler {
  readonly #parts: SchedulerParts;
  readonly #holder = randomUUID();
  readonly #slots = pLimit(MAX_CONCURRENT_FIRMS);
  readonly #working = new Map<string, Promise<void>>();
  /** Firms in which something happened while they were being worked on. */
  readonly #lookAgain = new Set<string>();
  readonly #closing = new AbortController();
  /** Firms of which this process reads everything. */
  readonly #beingRead = new Set<string>();
  /** How often in a row the work on a firm failed, or, by null, the look at all of them. */
  readonly #failures = new Map<string | null, number>();
  #looks = 0;
  #webhooksForgottenAt = 0;
  #looking: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: SchedulerParts) {
    this.#parts = parts;
  }

  /** Begins to look after every firm. */
  start(): void {
    const { pollIntervalMs = TICK_INTERVAL_MS } = this.#parts;
    const look = () => {
      this.#looking = this.#watched(null, "look", this.#lookAtAll());
      this.#looking.finally(() => {
        if (!this.#closing.signal.aborted) this.#timer = setTimeout(look, pollIntervalMs).unref();
      });
    };
    look();
  }

  /** Something may be due for a firm, now. */
  schedule(firmId: string): void {
    if (this.#closing.signal.aborted) return;
    if (this.#working.has(firmId)) {
      this.#lookAgain.add(firmId);
      return;
    }
    const work = this.#watched(firmId, "work", this.#work(firmId)).finally(() => {
      this.#working.delete(firmId);
      if (this.#lookAgain.delete(firmId)) this.schedule(firmId);
    });
    this.#working.set(firmId, work);
  }

  /** Has records of a firm read again. On the disk once it resolves. */
  async recordChanges(firmId: string, kind: ChangeKind, recordIds: readonly number[]): Promise<void> {
    const firm = await this.#parts.store.mirrors.summary(firmId);
    if (!firm?.mirror) return;
    await this.#parts.store.pendingChanges.add(firm.mirror.id, kind, recordIds);
    this.schedule(firmId);
  }

  /** Resolves when nothing is being read. */
  async idle(): Promise<void> {
    await this.#looking;
    while (this.#working.size > 0) await Promise.all(this.#working.values());
  }

  /** Stops reading; what was begun goes on at the next start. */
  async close(): Promise<void> {
    this.#closing.abort();
    clearTimeout(this.#timer);
    await this.idle();
  }

  async #lookAtAll(): Promise<void> {
    const { store, requirements, now } = this.#parts;
    if (this.#looks++ % TICKS_PER_FULL_CHECK > 0) {
      for (const firmId of await store.mirrors.needingWork(now() - POLL_INTERVAL_MS)) this.schedule(firmId);
      return;
    }
    await store.mirrors.discardOrphans();
    for (const firm of await store.mirrors.all())
      if (nextSyncStep(firm, requirements, now())) this.schedule(firm.firmId);
    if (requirements === null) await this.#forgetAllWebhooks();
    // The database answers without a pause of its own: callers have to be let in between.
    while (!this.#closing.signal.aborted && (await store.mirrors.sweep(SWEEP_BATCH_ROWS))) await otherWork();
  }

  /** What fails here fails by the store, and every look does while it is away: that is news ever more seldom. */
  async #watched(firmId: string | null, what: "look" | "work", work: Promise<void>): Promise<void> {
    try {
      await work;
      this.#failures.delete(firmId);
    } catch (error) {
      const failures = this.#failures.get(firmId) ?? 0;
      this.#failures.set(firmId, failures + 1);
      if (isNews(failures)) this.#report(firmId, what, error);
    }
  }

  /** One step after the other, until nothing is due or one fails. */
  async #work(firmId: string): Promise<void> {
    const lease = { name: mirrorLease(firmId), holder: this.#holder, durationMs: LEASE_MS };
    try {
      while (!this.#closing.signal.aborted && (await this.#slots(() => this.#stepOf(firmId, lease))));
    } finally {
      this.#readsNoMore(firmId);
      await this.#parts.store.leases.release(lease.name, lease.holder);
    }
  }

  /** The next step, if one is due and nobody else is at work on the firm. Returns whether to go on with another. */
  async #stepOf(firmId: string, lease: Lease): Promise<boolean> {
    const { store, requirements, now } = this.#parts;
    if (!(await store.leases.take(lease.name, lease.holder, lease.durationMs))) return false;
    // A beat that fails is made up for by the next, or by what is written under the lease. It never takes: whoever slept, while
    // somebody else read the firm and was done, would have the lease again and write what is old.
    const beat = setInterval(() => void store.leases.renew(lease).catch(() => {}), LEASE_RENEWAL_INTERVAL_MS);
    try {
      const firm = await store.mirrors.ofFirm(firmId);
      const step = firm && nextSyncStep(firm, requirements, now());
      if (step === "changes") await this.#collect();
      return step ? await this.#tried(firm, step, lease) : false;
    } finally {
      clearInterval(beat);
    }
  }

  #reads(firmId: string): void {
    if (this.#beingRead.size === 0) this.#parts.onFullSyncStart?.();
    this.#beingRead.add(firmId);
  }

  #readsNoMore(firmId: string): void {
    if (this.#beingRead.delete(firmId) && this.#beingRead.size === 0) this.#parts.onFullSyncEnd?.();
  }

  async #collect(): Promise<void> {
    const { signal } = this.#closing;
    await pause(DEBOUNCE_MS, undefined, { signal }).catch(() => {});
  }

  /** Makes a step; false when it failed, and is to be made again later. */
  async #tried(firm: FirmMirror, step: Step, lease: Lease): Promise<boolean> {
    const { store, now } = this.#parts;
    const { firmId, mirror } = firm;
    try {
      await this.#make(firm, step, lease);
      if (mirror && mirror.failures > 0) await store.mirrors.recordSuccess(mirror.id);
      return true;
    } catch (error) {
      if (this.#closing.signal.aborted || error instanceof LeaseLostError) return false;
      // The store knows by now that the user is not connected any more: the next look finds somebody else, or nobody.
      if (error instanceof GrantRevokedError) return true;
      const wait =
        error instanceof ClioRateLimitedError
          ? (error.circumstances.retryAfter ?? 1) * 1000
          : Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** (mirror?.failures ?? 0));
      const code = error instanceof ServiceError ? error.code : "internal_error";
      if (mirror) await store.mirrors.recordFailure(mirror.id, code, now() + wait);
      // A limit is nothing to report; and without a mirror there is nothing yet that could have got worse.
      if (mirror && isNews(mirror.failures) && !(error instanceof ClioRateLimitedError))
        this.#report(firmId, step, error);
      return false;
    }
  }

  async #make(firm: FirmMirror, step: Step, lease: Lease): Promise<void> {
    const { store, requirements } = this.#parts;
    const { firmId, mirror } = firm;
    if (step === "give_up") return store.mirrors.discard(firmId);
    const connection = await store.connections.lookupAccount(firmId);
    if (!connection || connection.userId !== firm.lookupUserId)
      throw new ClioNotConnectedError("Nobody answers.");
    if (step === "begin") {
      if (requirements) await store.mirrors.create(firmId, connection.userId, requirements.formatVersion);
      return;
    }
    if (!mirror) return;
    const context = this.#startStep();
    const { defaultCountry } = this.#parts.settings;
    const clio = this.#parts.userClio(connection);
    const parts = { store, clio, defaultCountry, now: this.#parts.now, lease };
    try {
      switch (step) {
        case "webhooks":
          return await this.#keepWebhooks(mirror, connection, context);
        case "changes":
          return await applyPendingChanges(parts, mirror, context);
        case "poll":
          return await poll(parts, mirror, context);
        case "begin_pass":
          return await startFullSync(parts, mirror, context);
        case "pass": {
          const { fullSync } = mirror;
          if (!fullSync) return;
          if (isStuck(mirror, fullSync)) return await restartKind(parts, { ...mirror, fullSync });
          this.#reads(firmId);
          const outcome = await syncPage(parts, { ...mirror, fullSync }, context);
          if (outcome === "ended") this.#logPass(mirror, fullSync);
        }
      }
    } finally {
      context.close();
    }
  }

  /** What a step may spend of time, and of Clio's requests. */
  #startStep(): RequestContext {
    return startContext(STEP_TIMEOUT_MS, {
      reservedRequests: REQUESTS_RESERVED_FOR_CALLS,
      until: this.#closing.signal,
    });
  }

  /** Whatever becomes of the webhooks, the polls go on. */
  async #keepWebhooks(mirror: Mirror, connection: Connection, context: RequestContext): Promise<void> {
    const { store, userClio, requirements, now } = this.#parts;
    const { webhooks } = store;
    const publicUrl = requirements?.webhooksTo;
    if (!publicUrl) return;
    let trouble: string | null = null;
    try {
      const outcome = await reconcileWebhooks(
        { webhooks, clio: userClio(connection), publicUrl, now },
        connection,
        context,
      );
      if (outcome === "waiting") trouble = WAITING_FOR_HANDSHAKE;
      await this.#forgetWebhooks(mirror.firmId, connection.userId);
    } catch (error) {
      if (!(error instanceof ServiceError) || error instanceof ClioRateLimitedError) throw error;
      trouble = error.code;
      this.#report(mirror.firmId, "webhooks", error);
    }
    await store.mirrors.recordWebhookCheck(mirror.id, publicUrl, trouble);
  }

  /** `DIRECTORY=live`: nobody has to be told of changes any more. */
  async #forgetAllWebhooks(): Promise<void> {
    const { store, now } = this.#parts;
    if (now() < this.#webhooksForgottenAt + WEBHOOK_CLEANUP_INTERVAL_MS) return;
    this.#webhooksForgottenAt = now();
    for (const firmId of await store.webhooks.firms())
      await this.#forgetWebhooks(firmId).catch((error: unknown) => this.#report(firmId, "webhooks", error));
  }

  /** Takes away the webhooks of whoever does not answer lookups any more; in Clio only as far as they are still connected. */
  async #forgetWebhooks(firmId: string, butNotOf: number | null = null): Promise<void> {
    const { store, userClio } = this.#parts;
    const theirs = (await store.webhooks.ofFirm(firmId)).filter(({ userId }) => userId !== butNotOf);
    for (const userId of new Set(theirs.map((webhook) => webhook.userId))) {
      const connection = await store.connections.find(firmId, userId);
      if (connection?.state === "connected") {
        const context = this.#startStep();
        const parts = { webhooks: store.webhooks, clio: userClio(connection) };
        await removeWebhooks(parts, connection, context).finally(() => context.close());
      } else {
        for (const webhook of theirs)
          if (webhook.userId === userId) await store.webhooks.remove(firmId, webhook.id);
      }
    }
  }

  #logPass({ firmId: firm, completeAt }: Mirror, { startedAt, contacts, matters }: FullSync): void {
    const { log, now } = this.#parts;
    const what = completeAt === null ? "mirror complete" : "mirror read again";
    log.info({ firm, contacts, matters, ms: now() - startedAt }, what);
  }

  #report(firm: string | null, step: string, error: unknown): void {
    if (this.#closing.signal.aborted) return;
    const { log } = this.#parts;
    if (error instanceof ServiceError) log.warn({ firm, step, code: error.code }, "mirror");
    else log.error({ firm, step, fault: redactError(error) }, "mirror");
  }
}

/** The lease of whoever works on a firm's mirror. */
export function mirrorLease(firmId: string): string {
  return `mirror ${firmId}`;
}

/** Clio has refused the page again and again: it may not know any more where it stopped. */
function isStuck({ lastErrorCode, failures }: Mirror, { next }: FullSync): boolean {
  return (
    next !== null && lastErrorCode === "clio_error" && failures > 0 && failures % MAX_ATTEMPTS_PER_PAGE === 0
  );
}

/** The first failure is a line in the log, then the second, the fourth, the eighth: what is away can be so for hours. */
function isNews(failuresBefore: number): boolean {
  return Number.isInteger(Math.log2(failuresBefore + 1));
}
