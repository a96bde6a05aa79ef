import { type MirrorState, mirrorState } from "../../mirror/mirror-state.ts";
import type { MirrorRequirements } from "../../mirror/next-step.ts";
import type { ConnectionCounts } from "../../store/repositories/connections.ts";
import type { Firm } from "../../store/repositories/firms.ts";
import type { Store } from "../../store/store.ts";

/** A firm as its operator sees it, without any client data. */
export interface FirmOverview {
  readonly firm: Firm;
  readonly users: ConnectionCounts;
  /** The number of connected administrators. */
  readonly administrators: number;
  /** Whether its calls can be looked up, and if not, whether users have lost access. */
  readonly state: "connected" | "reconnect_needed" | "nobody_connected";
  readonly mirror: MirrorState;
}

const NO_USERS: ConnectionCounts = { connected: 0, revoked: 0, unreadable: 0 };
/** For a firm that was admitted between two of the queries. */
const NO_MIRROR = { firmId: "", lookupUserId: null, mirror: null, hasPendingChanges: false };

/**
 * Every firm, in order of admission. The number of queries doesn't depend on the number of firms, and nothing is written.
 *
 * @param requirements what every mirror must meet; null when nothing is stored (`DIRECTORY=live`)
 * @param now epoch milliseconds
 */
export async function listFirmOverviews(
  {
    firms,
    connections,
    administrators,
    mirrors,
  }: Pick<Store, "firms" | "connections" | "administrators" | "mirrors">,
  requirements: Pick<MirrorRequirements, "formatVersion"> | null,
  now: number,
): Promise<FirmOverview[]> {
  const usersOf = await connections.countByFirm();
  const administratorsOf = await administrators.countByFirm();
  const mirrorOf = new Map((await mirrors.list()).map((mirror) => [mirror.firmId, mirror]));
  return (await firms.list()).map((firm) => {
    const users = usersOf.get(firm.id) ?? NO_USERS;
    const mirror = mirrorOf.get(firm.id) ?? NO_MIRROR;
    return {
      firm,
      users,
      administrators: administratorsOf.get(firm.id) ?? 0,
      state: stateOf(users),
      mirror: mirrorState(mirror, requirements, now),
    };
  });
}

function stateOf({ connected, revoked, unreadable }: ConnectionCounts): FirmOverview["state"] {
  if (connected > 0) return "connected";
  return revoked + unreadable > 0 ? "reconnect_needed" : "nobody_connected";
}
