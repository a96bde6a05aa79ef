import { randomUUID } from "node:crypto";
import { setImmediate as otherWork, setTimeout as pause } from "node:timers/promises";
import pLimit from "p-limit";
import type { Logger } from "pino";
import { type Budget, startBudget } from "../budget.ts";
import type { CountryCode } from "../calls/found-by.ts";
import { GrantRevoked } from "../clio/oauth.ts";
import { removeWebhooks } from "../connections/remove-webhooks.ts";
import type { UserClio } from "../connections/user-clio.ts";
import { ClioNotConnected, ClioRateLimited, ServiceError } from "../errors.ts";
import { summarizeFault } from "../fault-summary.ts";
import type { Connection } from "../store/connections.ts";
import { type Lease, LeaseLost } from "../store/leases.ts";
import type { FirmMirror, Mirror, Pass } from "../store/mirrors.ts";
import type { ChangeKind } from "../store/noted-changes.ts";
import type { Store } from "../store/store.ts";
import { keepWebhooks, WAITING_FOR_HANDSHAKE } from "./keep-webhooks.ts";
import { beginKindAgain, beginPass, poll, readChanges, readPage } from "./read-clio.ts";
import { POLL_INTERVAL, type Step, type WantedMirrors, whatIsDue } from "./what-is-due.ts";

interface KeeperParts {
  store: Store;
  userClio: UserClio;
  /** What the mirrors are to be; null when nothing is kept (`DIRECTORY=live`). */
  wanted: WantedMirrors | null;
  settings: { readonly defaultCountry: CountryCode };
  log: Logger;
  now: () => number;
  /** Every firm is looked at this often (milliseconds); what cannot wait is told by `look`. */
  looksEvery?: number | undefined;
  /** Told when the first of the firms is read from end to end, and when the last one is through. */
  onReading?: (() => void) | undefined;
  onRead?: (() => void) | undefined;
}

const LOOKS_EVERY = 2_000;
/** What can wait is looked for at every so manieth look: a thousand firms are a lot to read every two seconds. */
const EVERYTHING_EVERY = 5;
/** A step that takes longer is given up and made again. */
const LONGEST_STEP = 25_000;
/** Whoever dies while reading is replaced after that, at somebody's next look. */
const LEASE = 20_000;
/** A sign of life while a step takes long. */
const LEASE_RENEWED_EVERY = 6_000;
/** Requests a minute that are never taken from the receptionist. */
const LEFT_FOR_CALLS = 20;
/** Changes seldom come alone: so long they are collected before they are read (milliseconds). */
const COLLECTED_FOR = 250;
/** Firms that are read at the same time; one that Clio lets hang holds up none of the others. */
const FIRMS_AT_ONCE = 16;
const FIRST_RETRY = 1_000;
const LONGEST_RETRY = 60_000;
/** A page that fails so often is one that Clio does not know any more. */
const TRIES_A_PAGE = 4;
const ROWS_SWEPT_AT_ONCE = 500;
/** What Clio could not be told is tried again after that (milliseconds). */
const FORGOTTEN_EVERY = 5 * 60_000;

/**
 * Keeps the firms' mirrors: begins and completes them, reads what has changed, keeps the webhooks alive, and throws away
 * what nobody may be answered from any more. What is to be done stands in the store alone, so that it does not matter which
 * process does it, nor when it was stopped.
 */
export class MirrorKeeper {
  readonly #parts: KeeperParts;
  readonly #holder = randomUUID();
  readonly #slots = pLimit(FIRMS_AT_ONCE);
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

  constructor(parts: KeeperParts) {
    this.#parts = parts;
  }

  /** Begins to look after every firm. */
  start(): void {
    const { looksEvery = LOOKS_EVERY } = this.#parts;
    const look = () => {
      this.#looking = this.#watched(null, "look", this.#lookAtAll());
      this.#looking.finally(() => {
        if (!this.#closing.signal.aborted) this.#timer = setTimeout(look, looksEvery).unref();
      });
    };
    look();
  }

  /** Something may be due for a firm, now. */
  look(firmId: string): void {
    if (this.#closing.signal.aborted) return;
    if (this.#working.has(firmId)) {
      this.#lookAgain.add(firmId);
      return;
    }
    const work = this.#watched(firmId, "work", this.#work(firmId)).finally(() => {
      this.#working.delete(firmId);
      if (this.#lookAgain.delete(firmId)) this.look(firmId);
    });
    this.#working.set(firmId, work);
  }

  /** Has records of a firm read again. On the disk once it resolves. */
  async note(firmId: string, kind: ChangeKind, recordIds: readonly number[]): Promise<void> {
    const firm = await this.#parts.store.mirrors.standing(firmId);
    if (!firm?.mirror) return;
    await this.#parts.store.notedChanges.note(firm.mirror.id, kind, recordIds);
    this.look(firmId);
  }

  /** Resolves when nothing is being read. */
  async settled(): Promise<void> {
    await this.#looking;
    while (this.#working.size > 0) await Promise.all(this.#working.values());
  }

  /** Stops reading; what was begun goes on at the next start. */
  async close(): Promise<void> {
    this.#closing.abort();
    clearTimeout(this.#timer);
    await this.settled();
  }

  async #lookAtAll(): Promise<void> {
    const { store, wanted, now } = this.#parts;
    if (this.#looks++ % EVERYTHING_EVERY > 0) {
      for (const firmId of await store.mirrors.restless(now() - POLL_INTERVAL)) this.look(firmId);
      return;
    }
    await store.mirrors.giveUpOrphans();
    for (const firm of await store.mirrors.all()) if (whatIsDue(firm, wanted, now())) this.look(firm.firmId);
    if (wanted === null) await this.#forgetAllWebhooks();
    // The database answers without a pause of its own: callers have to be let in between.
    while (!this.#closing.signal.aborted && (await store.mirrors.sweep(ROWS_SWEPT_AT_ONCE)))
      await otherWork();
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
    const lease = { name: mirrorLease(firmId), holder: this.#holder, milliseconds: LEASE };
    try {
      while (!this.#closing.signal.aborted && (await this.#slots(() => this.#stepOf(firmId, lease))));
    } finally {
      this.#readsNoMore(firmId);
      await this.#parts.store.leases.release(lease.name, lease.holder);
    }
  }

  /** The next step, if one is due and nobody else is at work on the firm. Returns whether to go on with another. */
  async #stepOf(firmId: string, lease: Lease): Promise<boolean> {
    const { store, wanted, now } = this.#parts;
    if (!(await store.leases.take(lease.name, lease.holder, lease.milliseconds))) return false;
    // A beat that fails is made up for by the next, or by what is written under the lease. It never takes: whoever slept, while
    // somebody else read the firm and was done, would have the lease again and write what is old.
    const beat = setInterval(() => void store.leases.renew(lease).catch(() => {}), LEASE_RENEWED_EVERY);
    try {
      const firm = await store.mirrors.ofFirm(firmId);
      const step = firm && whatIsDue(firm, wanted, now());
      if (step === "changes") await this.#collect();
      return step ? await this.#tried(firm, step, lease) : false;
    } finally {
      clearInterval(beat);
    }
  }

  #reads(firmId: string): void {
    if (this.#beingRead.size === 0) this.#parts.onReading?.();
    this.#beingRead.add(firmId);
  }

  #readsNoMore(firmId: string): void {
    if (this.#beingRead.delete(firmId) && this.#beingRead.size === 0) this.#parts.onRead?.();
  }

  async #collect(): Promise<void> {
    const { signal } = this.#closing;
    await pause(COLLECTED_FOR, undefined, { signal }).catch(() => {});
  }

  /** Makes a step; false when it failed, and is to be made again later. */
  async #tried(firm: FirmMirror, step: Step, lease: Lease): Promise<boolean> {
    const { store, now } = this.#parts;
    const { firmId, mirror } = firm;
    try {
      await this.#make(firm, step, lease);
      if (mirror && mirror.failures > 0) await store.mirrors.succeeded(mirror.id);
      return true;
    } catch (error) {
      if (this.#closing.signal.aborted || error instanceof LeaseLost) return false;
      // The store knows by now that the user is not connected any more: the next look finds somebody else, or nobody.
      if (error instanceof GrantRevoked) return true;
      const wait =
        error instanceof ClioRateLimited
          ? (error.circumstances.retryAfter ?? 1) * 1000
          : Math.min(LONGEST_RETRY, FIRST_RETRY * 2 ** (mirror?.failures ?? 0));
      const code = error instanceof ServiceError ? error.code : "internal_error";
      if (mirror) await store.mirrors.failed(mirror.id, code, now() + wait);
      // A limit is nothing to report; and without a mirror there is nothing yet that could have got worse.
      if (mirror && isNews(mirror.failures) && !(error instanceof ClioRateLimited))
        this.#report(firmId, step, error);
      return false;
    }
  }

  async #make(firm: FirmMirror, step: Step, lease: Lease): Promise<void> {
    const { store, wanted } = this.#parts;
    const { firmId, mirror } = firm;
    if (step === "give_up") return store.mirrors.giveUp(firmId);
    const connection = await store.connections.answering(firmId);
    if (!connection || connection.userId !== firm.answeringUserId)
      throw new ClioNotConnected("Nobody answers.");
    if (step === "begin") {
      if (wanted) await store.mirrors.begin(firmId, connection.userId, wanted.form);
      return;
    }
    if (!mirror) return;
    const budget = this.#startStep();
    const { defaultCountry } = this.#parts.settings;
    const clio = this.#parts.userClio(connection);
    const parts = { store, clio, defaultCountry, now: this.#parts.now, lease };
    try {
      switch (step) {
        case "webhooks":
          return await this.#keepWebhooks(mirror, connection, budget);
        case "changes":
          return await readChanges(parts, mirror, budget);
        case "poll":
          return await poll(parts, mirror, budget);
        case "begin_pass":
          return await beginPass(parts, mirror, budget);
        case "pass": {
          const { pass } = mirror;
          if (!pass) return;
          if (isStuck(mirror, pass)) return await beginKindAgain(parts, { ...mirror, pass });
          this.#reads(firmId);
          const outcome = await readPage(parts, { ...mirror, pass }, budget);
          if (outcome === "ended") this.#logPass(mirror, pass);
        }
      }
    } finally {
      budget.close();
    }
  }

  /** What a step may spend of time, and of Clio's requests. */
  #startStep(): Budget {
    return startBudget(LONGEST_STEP, { leaves: LEFT_FOR_CALLS, until: this.#closing.signal });
  }

  /** Whatever becomes of the webhooks, the polls go on. */
  async #keepWebhooks(mirror: Mirror, connection: Connection, budget: Budget): Promise<void> {
    const { store, userClio, wanted, now } = this.#parts;
    const { webhooks } = store;
    const publicUrl = wanted?.webhooksTo;
    if (!publicUrl) return;
    let trouble: string | null = null;
    try {
      const outcome = await keepWebhooks(
        { webhooks, clio: userClio(connection), publicUrl, now },
        connection,
        budget,
      );
      if (outcome === "waiting") trouble = WAITING_FOR_HANDSHAKE;
      await this.#forgetWebhooks(mirror.firmId, connection.userId);
    } catch (error) {
      if (!(error instanceof ServiceError) || error instanceof ClioRateLimited) throw error;
      trouble = error.code;
      this.#report(mirror.firmId, "webhooks", error);
    }
    await store.mirrors.hooksChecked(mirror.id, publicUrl, trouble);
  }

  /** `DIRECTORY=live`: nobody has to be told of changes any more. */
  async #forgetAllWebhooks(): Promise<void> {
    const { store, now } = this.#parts;
    if (now() < this.#webhooksForgottenAt + FORGOTTEN_EVERY) return;
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
        const budget = this.#startStep();
        const parts = { webhooks: store.webhooks, clio: userClio(connection) };
        await removeWebhooks(parts, connection, budget).finally(budget.close);
      } else {
        for (const webhook of theirs)
          if (webhook.userId === userId) await store.webhooks.remove(firmId, webhook.id);
      }
    }
  }

  #logPass({ firmId: firm, completeAt }: Mirror, { begunAt, contacts, matters }: Pass): void {
    const { log, now } = this.#parts;
    const what = completeAt === null ? "mirror complete" : "mirror read again";
    log.info({ firm, contacts, matters, ms: now() - begunAt }, what);
  }

  #report(firm: string | null, step: string, error: unknown): void {
    if (this.#closing.signal.aborted) return;
    const { log } = this.#parts;
    if (error instanceof ServiceError) log.warn({ firm, step, code: error.code }, "mirror");
    else log.error({ firm, step, fault: summarizeFault(error) }, "mirror");
  }
}

/** The lease of whoever works on a firm's mirror. */
export function mirrorLease(firmId: string): string {
  return `mirror ${firmId}`;
}

/** Clio has refused the page again and again: it may not know any more where it stopped. */
function isStuck({ trouble, failures }: Mirror, { next }: Pass): boolean {
  return next !== null && trouble === "clio_error" && failures > 0 && failures % TRIES_A_PAGE === 0;
}

/** The first failure is a line in the log, then the second, the fourth, the eighth: what is away can be so for hours. */
function isNews(failuresBefore: number): boolean {
  return Number.isInteger(Math.log2(failuresBefore + 1));
}
