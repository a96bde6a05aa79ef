import type { RequestHandler } from "express";
import { visitorOn } from "../../http/signed-in.ts";
import { TOLD_MODELS, takesWebhooks, WAITING_FOR_HANDSHAKE } from "../../mirror/keep-webhooks.ts";
import { mirrorState } from "../../mirror/mirror-state.ts";
import type { Services } from "../../services.ts";
import type { FirmMirror } from "../../store/mirrors.ts";
import type { Webhook } from "../../store/webhooks.ts";
import type { ChangesTold, KeptDirectory } from "../../views/setup-page.ts";

/** `POST /setup/read-again`: everything of the firm is read from Clio once more, while callers go on being answered. */
export function readAgain({ store, keeper }: Services): RequestHandler {
  return async (_, response) => {
    const { firm } = visitorOn(response);
    await store.mirrors.wantPass(firm.id);
    keeper.look(firm.id);
    response.redirect(303, "/setup#directory");
  };
}

/** What is kept of a firm's Clio, and whether Clio tells changes. All of it is in the store: Clio is not asked. */
export async function keptDirectory(
  { store, settings, wantedMirrors, now }: Pick<Services, "store" | "settings" | "wantedMirrors" | "now">,
  firmId: string,
): Promise<KeptDirectory> {
  const [firm, webhooks] = await Promise.all([store.mirrors.ofFirm(firmId), store.webhooks.ofFirm(firmId)]);
  const state = firm ? mirrorState(firm, wantedMirrors, now()) : { phase: "nobody_connected" as const };
  return { state, changes: changesTold(firm, webhooks, settings.publicUrl, now()) };
}

function changesTold(
  firm: FirmMirror | null,
  webhooks: readonly Webhook[],
  publicUrl: string,
  now: number,
): ChangesTold {
  if (!takesWebhooks(publicUrl)) return "without_https";
  const areInPlace = TOLD_MODELS.every((model) =>
    webhooks.some(
      (webhook) =>
        webhook.model === model &&
        webhook.userId === firm?.answeringUserId &&
        webhook.secret !== null &&
        webhook.expiresAt > now,
    ),
  );
  if (areInPlace) return "told";
  const trouble = firm?.mirror?.hooksTrouble ?? WAITING_FOR_HANDSHAKE;
  return trouble === WAITING_FOR_HANDSHAKE ? "waiting" : { trouble };
}
