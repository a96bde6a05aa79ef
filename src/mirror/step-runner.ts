import type { Logger } from "pino";
import type { CountryCode } from "../calls/matching/search-terms.ts";
import { GrantRevokedError } from "../clio/oauth.ts";
import { REQUESTS_RESERVED_FOR_CALLS, REQUESTS_RESERVED_FROM_CHANGES } from "../clio/rate-limits.ts";
import type { UserClio } from "../connections/user-clio.ts";
import { ClioNotConnectedError, ClioRateLimitedError, ServiceError } from "../errors.ts";
import { type RequestContext, startContext } from "../runtime/request-context.ts";
import { type Lease, LeaseLostError } from "../store/coordination/leases.ts";
import type { FirmMirror, FullSync, Mirror } from "../store/repositories/mirror.ts";
import type { Store } from "../store/store.ts";
import type { LogFailure } from "./failure-log.ts";
import type { MirrorRequirements, SyncStep } from "./next-step.ts";
import { isPageLost, retryDelayMs, shouldLogFailure } from "./retry-policy.ts";
import { applyPendingChanges, poll, restartKind, startFullSync, syncPage } from "./sync-steps.ts";
import { WebhookUpkeep } from "./webhook-upkeep.ts";

interface StepRunnerParts {
  readonly store: Store;
  readonly userClio: UserClio;
  /** Null if no mirrors are kept (`DIRECTORY=live`). */
  readonly requirements: MirrorRequirements | null;
  readonly defaultCountry: CountryCode;
  readonly relatedCallers: boolean;
  readonly defaultTimeZone: string;
  readonly log: Logger;
  readonly now: () => number;
  /** Interrupts the running steps. */
  readonly closing: AbortSignal;
  readonly logFailure: LogFailure;
  /** Called when a page of a firm's full sync is about to be read. */
  readonly onSyncPage: (firmId: string) => void;
}

/** A step that takes longer fails and is retried. */
const STEP_TIMEOUT_MS = 25_000;

/** Runs single sync steps, and records their failures for a retry. */
export class StepRunner {
  readonly webhooks: WebhookUpkeep;
  readonly #parts: StepRunnerParts;

  constructor(parts: StepRunnerParts) {
    this.#parts = parts;
    const { store, userClio, now, logFailure } = parts;
    const startStep = () => this.#startStep(REQUESTS_RESERVED_FOR_CALLS);
    this.webhooks = new WebhookUpkeep({ store, userClio, now, startStep, logFailure });
  }

  /**
   * Runs a step of a firm.
   * @param lease held by this process; nothing is written once it is lost
   * @returns false if the step failed and is to be retried later
   */
  async run(firm: FirmMirror, step: SyncStep, lease: Lease): Promise<boolean> {
    const { store, closing } = this.#parts;
    const { mirror } = firm;
    try {
      await this.#execute(firm, step, lease);
      if (mirror && mirror.failures > 0) await store.mirrors.recordSuccess(mirror.id);
      return true;
    } catch (error) {
      if (closing.aborted || error instanceof LeaseLostError) return false;
      // The token refresher has stored the revocation, so the next step finds another lookup account, or none.
      if (error instanceof GrantRevokedError) return true;
      if (mirror) await this.#recordFailure(mirror, step, error);
      return false;
    }
  }

  async #recordFailure({ id, firmId, failures }: Mirror, step: SyncStep, error: unknown): Promise<void> {
    const { store, now, logFailure } = this.#parts;
    const code = error instanceof ServiceError ? error.code : "internal_error";
    await store.mirrors.recordFailure(id, code, now() + retryDelayMs(error, failures));
    if (shouldLogFailure(failures) && !(error instanceof ClioRateLimitedError))
      logFailure(firmId, step, error);
  }

  async #execute(firm: FirmMirror, step: SyncStep, lease: Lease): Promise<void> {
    const {
      store,
      requirements,
      userClio,
      defaultCountry,
      relatedCallers,
      defaultTimeZone,
      now,
      logFailure,
    } = this.#parts;
    const { firmId, mirror } = firm;
    if (step === "discard") return store.mirrors.discard(firmId);
    const connection = await store.connections.lookupAccount(firmId);
    if (!connection || connection.userId !== firm.lookupUserId)
      throw new ClioNotConnectedError("The firm's lookup account has changed.");
    if (step === "create") {
      if (requirements) await store.mirrors.create(firmId, connection.userId, requirements.formatVersion);
      return;
    }
    if (!mirror) return;
    const context = this.#startStep(
      step === "pending_changes" ? REQUESTS_RESERVED_FROM_CHANGES : REQUESTS_RESERVED_FOR_CALLS,
    );
    const parts = {
      store,
      clio: userClio(connection),
      defaultCountry,
      relatedCallers,
      defaultTimeZone,
      now,
      logFailure,
      lease,
    };
    try {
      switch (step) {
        case "webhooks":
          if (requirements?.webhookBaseUrl)
            await this.webhooks.check(mirror, connection, requirements.webhookBaseUrl, context);
          return;
        case "pending_changes":
          return await applyPendingChanges(parts, mirror, context);
        case "poll":
          return await poll(parts, mirror, context);
        case "start_full_sync":
          return await startFullSync(parts, mirror, context);
        case "sync_page": {
          const { fullSync } = mirror;
          if (!fullSync) return;
          if (isPageLost(mirror)) return await restartKind(parts, { ...mirror, fullSync });
          this.#parts.onSyncPage(firmId);
          const outcome = await syncPage(parts, { ...mirror, fullSync }, context);
          if (outcome === "completed") this.#logFullSync(mirror, fullSync);
        }
      }
    } finally {
      context.close();
    }
  }

  #startStep(reservedRequests: number): RequestContext {
    return startContext(STEP_TIMEOUT_MS, { reservedRequests, until: this.#parts.closing });
  }

  #logFullSync({ firmId: firm, completeAt }: Mirror, { startedAt, contacts, matters }: FullSync): void {
    const { log, now } = this.#parts;
    const message = completeAt === null ? "mirror complete" : "mirror read again";
    log.info({ firm, contacts, matters, ms: now() - startedAt }, message);
  }
}
