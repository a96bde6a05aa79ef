import { removeWebhooks } from "../connections/remove-webhooks.ts";
import type { UserClio } from "../connections/user-clio.ts";
import { ClioRateLimitedError, ServiceError } from "../errors.ts";
import type { RequestContext } from "../runtime/request-context.ts";
import type { Connection } from "../store/repositories/connections.ts";
import type { Mirror } from "../store/repositories/mirror.ts";
import type { Store } from "../store/store.ts";
import type { LogFailure } from "./failure-log.ts";
import { reconcileWebhooks, WAITING_FOR_HANDSHAKE } from "./reconcile-webhooks.ts";

interface WebhookUpkeepParts {
  readonly store: Pick<Store, "connections" | "mirrors" | "webhooks">;
  readonly userClio: UserClio;
  readonly now: () => number;
  /** Starts the context of a background step. */
  readonly startStep: () => RequestContext;
  readonly logFailure: LogFailure;
}

const REMOVAL_INTERVAL_MS = 5 * 60_000;

/** Keeps the webhooks of lookup accounts working, and removes those that are no longer needed. */
export class WebhookUpkeep {
  readonly #parts: WebhookUpkeepParts;
  #removedAt = 0;

  constructor(parts: WebhookUpkeepParts) {
    this.#parts = parts;
  }

  /**
   * Checks and repairs a firm's webhooks. Records the outcome rather than failing, because polling works without them.
   * @param connection the firm's lookup account
   * Throws `ClioRateLimitedError`, so that the step is retried soon.
   */
  async check(
    mirror: Mirror,
    connection: Connection,
    baseUrl: string,
    context: RequestContext,
  ): Promise<void> {
    const { store, userClio, now, logFailure } = this.#parts;
    let errorCode: string | null = null;
    try {
      const outcome = await reconcileWebhooks(
        { webhooks: store.webhooks, clio: userClio(connection), baseUrl, now },
        connection,
        context,
      );
      if (outcome === "waiting") errorCode = WAITING_FOR_HANDSHAKE;
      await this.#removeAllExcept(connection.userId, mirror.firmId);
    } catch (error) {
      if (!(error instanceof ServiceError) || error instanceof ClioRateLimitedError) throw error;
      errorCode = error.code;
      logFailure(mirror.firmId, "webhooks", error);
    }
    await store.mirrors.recordWebhookCheck(mirror.id, baseUrl, errorCode);
  }

  /** Removes the webhooks of all firms, which `DIRECTORY=live` doesn't need. Does nothing if it ran a short while ago. */
  async removeAll(): Promise<void> {
    const { store, now, logFailure } = this.#parts;
    if (now() < this.#removedAt + REMOVAL_INTERVAL_MS) return;
    this.#removedAt = now();
    for (const firmId of await store.webhooks.listFirmIds())
      await this.#removeAllExcept(null, firmId).catch((error: unknown) =>
        logFailure(firmId, "webhooks", error),
      );
  }

  /** Removes the webhooks of users other than the lookup account; in Clio only if they are still connected. */
  async #removeAllExcept(lookupUserId: number | null, firmId: string): Promise<void> {
    const { store, userClio, startStep } = this.#parts;
    const obsolete = (await store.webhooks.listByFirm(firmId)).filter(
      ({ userId }) => userId !== lookupUserId,
    );
    for (const userId of new Set(obsolete.map((webhook) => webhook.userId))) {
      const connection = await store.connections.find(firmId, userId);
      if (connection?.state === "connected") {
        const context = startStep();
        const parts = { webhooks: store.webhooks, clio: userClio(connection) };
        await removeWebhooks(parts, connection, context).finally(() => context.close());
      } else {
        for (const webhook of obsolete)
          if (webhook.userId === userId) await store.webhooks.remove(firmId, webhook.id);
      }
    }
  }
}
