import type { RequestHandler } from "express";
import type { Services } from "../../../container.ts";
import { currentVisitor } from "../../../http/require-session.ts";
import { mirrorState } from "../../../mirror/mirror-state.ts";
import {
  acceptsWebhooks,
  WAITING_FOR_HANDSHAKE,
  WEBHOOK_MODELS,
} from "../../../mirror/reconcile-webhooks.ts";
import type { FirmMirror } from "../../../store/repositories/mirrors.ts";
import type { Webhook } from "../../../store/repositories/webhooks.ts";
import type { ChangeDelivery, MirrorStatus } from "../../../views/setup-page.ts";

/** `POST /setup/read-again`: everything of the firm is read from Clio once more, while callers go on being answered. */
export function requestFullSync({ store, mirrorScheduler }: Services): RequestHandler {
  return async (_, response) => {
    const { firm } = currentVisitor(response);
    await store.mirrors.requestFullSync(firm.id);
    mirrorScheduler.schedule(firm.id);
    response.redirect(303, "/setup#directory");
  };
}

/** What is kept of a firm's Clio, and whether Clio tells changes. All of it is in the store: Clio is not asked. */
export async function mirrorStatus(
  {
    store,
    settings,
    mirrorRequirements,
    now,
  }: Pick<Services, "store" | "settings" | "mirrorRequirements" | "now">,
  firmId: string,
): Promise<MirrorStatus> {
  const [firm, webhooks] = await Promise.all([store.mirrors.ofFirm(firmId), store.webhooks.ofFirm(firmId)]);
  const state = firm ? mirrorState(firm, mirrorRequirements, now()) : { phase: "nobody_connected" as const };
  return { state, changes: changesTold(firm, webhooks, settings.publicUrl, now()) };
}

function changesTold(
  firm: FirmMirror | null,
  webhooks: readonly Webhook[],
  publicUrl: string,
  now: number,
): ChangeDelivery {
  if (!acceptsWebhooks(publicUrl)) return "without_https";
  const areInPlace = WEBHOOK_MODELS.every((model) =>
    webhooks.some(
      (webhook) =>
        webhook.model === model &&
        webhook.userId === firm?.lookupUserId &&
        webhook.secret !== null &&
        webhook.expiresAt > now,
    ),
  );
  if (areInPlace) return "told";
  const trouble = firm?.mirror?.webhooksErrorCode ?? WAITING_FOR_HANDSHAKE;
  return trouble === WAITING_FOR_HANDSHAKE ? "waiting" : { trouble };
}
