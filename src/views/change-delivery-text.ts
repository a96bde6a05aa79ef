import type { ChangeDelivery } from "../mirror/mirror-status.ts";
import { describeError } from "./sync-error-text.ts";

const POLLING_UNTIL_THEN = "Until then, the service checks for changes every 5 minutes.";

/** How changes in Clio arrive: `short` for a list, and `more` if there is something to explain. */
export function describeChangeDelivery(delivery: ChangeDelivery): { short: string; more: string | null } {
  if (delivery === "webhooks") return { short: "Arrive immediately", more: null };
  const short = "Checked every 5 minutes";
  if (delivery === "no_https")
    return {
      short,
      more: "Clio reports changes only to HTTPS addresses, so the service checks for them every 5 minutes.",
    };
  if (delivery === "waiting_for_handshake")
    return { short, more: `Clio hasn't yet confirmed that it will report changes. ${POLLING_UNTIL_THEN}` };
  const why =
    delivery.errorCode === "clio_permission"
      ? "Clio can't report changes because the developer app lacks the Webhooks (write) permission."
      : `Clio couldn't be set up to report changes. ${describeError(delivery.errorCode).what}`;
  return { short, more: `${why} ${POLLING_UNTIL_THEN}` };
}
