import { ClioTimeoutError, ServiceError } from "../errors.ts";
import { startContext } from "../runtime/request-context.ts";
import type { Connections } from "../store/repositories/connections.ts";
import type { Webhooks } from "../store/repositories/webhooks.ts";
import { disconnectUser } from "./disconnect-user.ts";
import type { UserClio } from "./user-clio.ts";

/** A user whose access could not be ended in Clio. */
export interface StillInClio {
  readonly userId: number;
  /** A sentence. */
  readonly why: string;
}

/** So long Clio is waited for, for each user (milliseconds). */
const REQUEST_TIMEOUT_MS = 20_000;

/**
 * Disconnects every user of a firm, as `disconnectUser` does. Those who took the access back in Clio have nothing there
 * any more, and are left as they are.
 *
 * @returns the users for whom Clio could not be told; they stay connected here
 */
export async function disconnectFirm(
  parts: { connections: Connections; webhooks: Webhooks; userClio: UserClio },
  firmId: string,
): Promise<StillInClio[]> {
  const still: StillInClio[] = [];
  let hangs = false;
  // Who answers lookups comes last: when they go, the firm would be read anew through the next.
  for (const connection of (await parts.connections.ofFirm(firmId)).toReversed()) {
    const { userId, state } = connection;
    if (state === "unreadable")
      still.push({
        userId,
        why: "Their access was sealed with a key that SECRET_KEY does not have any more.",
      });
    else if (state === "connected" && hangs) still.push({ userId, why: "Clio was not asked again." });
    else if (state === "connected") {
      const context = startContext(REQUEST_TIMEOUT_MS);
      try {
        await disconnectUser(parts, connection, context);
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error;
        hangs = error instanceof ClioTimeoutError;
        still.push({ userId, why: error.detail });
      } finally {
        context.close();
      }
    }
  }
  return still;
}
