import type { FirmMirror } from "../store/repositories/mirror.ts";
import type { Mirrors } from "../store/repositories/mirrors.ts";
import type { Webhook, Webhooks } from "../store/repositories/webhooks.ts";
import { type MirrorState, mirrorState } from "./mirror-state.ts";
import type { MirrorRequirements } from "./next-step.ts";
import { acceptsWebhooks, WAITING_FOR_HANDSHAKE, WEBHOOK_MODELS } from "./reconcile-webhooks.ts";

/**
 * How changes in Clio arrive: by `webhooks` as they happen; otherwise only by polling, because Clio hasn't confirmed the
 * webhooks yet, because the service has no https address, or because of an error with this code.
 */
export type ChangeDelivery =
  | "webhooks"
  | "waiting_for_handshake"
  | "no_https"
  | { readonly errorCode: string };

/** What is stored of a firm, and how it stays fresh. */
export interface MirrorStatus {
  readonly state: MirrorState;
  readonly changes: ChangeDelivery;
}

/** Reads the status of a firm's mirror from the store; makes no request to Clio. */
export type ReadMirrorStatus = (firmId: string) => Promise<MirrorStatus>;

interface MirrorStatusParts {
  store: { mirrors: Mirrors; webhooks: Webhooks };
  publicUrl: string;
  /** Null if nothing is stored (`DIRECTORY=live`). */
  requirements: MirrorRequirements | null;
  now: () => number;
}

export function createMirrorStatus({
  store,
  publicUrl,
  requirements,
  now,
}: MirrorStatusParts): ReadMirrorStatus {
  return async (firmId) => {
    const [firm, webhooks] = await Promise.all([
      store.mirrors.findByFirm(firmId),
      store.webhooks.listByFirm(firmId),
    ]);
    const state = firm ? mirrorState(firm, requirements, now()) : { phase: "nobody_connected" as const };
    return { state, changes: changeDelivery(firm, webhooks, publicUrl, now()) };
  };
}

function changeDelivery(
  firm: FirmMirror | null,
  webhooks: readonly Webhook[],
  publicUrl: string,
  now: number,
): ChangeDelivery {
  if (!acceptsWebhooks(publicUrl)) return "no_https";
  const isDelivering = WEBHOOK_MODELS.every((model) =>
    webhooks.some(
      (webhook) =>
        webhook.model === model &&
        webhook.userId === firm?.lookupUserId &&
        webhook.secret !== null &&
        webhook.expiresAt > now,
    ),
  );
  if (isDelivering) return "webhooks";
  const errorCode = firm?.mirror?.webhooksErrorCode ?? WAITING_FOR_HANDSHAKE;
  return errorCode === WAITING_FOR_HANDSHAKE ? "waiting_for_handshake" : { errorCode };
}
