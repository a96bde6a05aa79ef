import { type MirrorState, mirrorState } from "../../mirror/mirror-state.ts";
import type { MirrorRequirements } from "../../mirror/next-step.ts";
import type { ConnectionCounts } from "../../store/repositories/connections.ts";
import type { Firm } from "../../store/repositories/firms.ts";
import type { Store } from "../../store/store.ts";

/** A firm as its operator sees it, without anything of its clients. */
export interface FirmOverview {
  readonly firm: Firm;
  readonly users: ConnectionCounts;
  /** Whether its calls can be looked up, and if not, whether there are users whose access has ended. */
  readonly state: "connected" | "reconnect_needed" | "nobody_connected";
  readonly mirror: MirrorState;
}

const NOBODY: ConnectionCounts = { connected: 0, revoked: 0, unreadable: 0 };

/**
 * Every firm, in order of admission. Asks the store the same few things however many firms there are, and writes nothing.
 *
 * @param wanted what a mirror has to be made with; null when nothing is kept (`DIRECTORY=live`)
 * @param now epoch milliseconds
 */
export async function firmOverviews(
  { firms, connections, mirrors }: Pick<Store, "firms" | "connections" | "mirrors">,
  wanted: Pick<MirrorRequirements, "formatVersion"> | null,
  now: number,
): Promise<FirmOverview[]> {
  const usersOf = await connections.countByFirm();
  const mirrorOf = new Map((await mirrors.all()).map((mirror) => [mirror.firmId, mirror]));
  return (await firms.list()).map((firm) => {
    const users = usersOf.get(firm.id) ?? NOBODY;
    const mirror = mirrorOf.get(firm.id) ?? NO_MIRROR;
    return { firm, users, state: stateOf(users), mirror: mirrorState(mirror, wanted, now) };
  });
}

/** Of a firm that was admitted between two of the questions. */
const NO_MIRROR = { firmId: "", lookupUserId: null, mirror: null, hasPendingChanges: false };

function stateOf({ connected, revoked, unreadable }: ConnectionCounts): FirmOverview["state"] {
  if (connected > 0) return "connected";
  return revoked + unreadable > 0 ? "reconnect_needed" : "nobody_connected";
}
