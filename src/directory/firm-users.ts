import type { StaffMember } from "../calls/matter.ts";
import type { ClioAccess } from "../clio/paging.ts";
import { listStaff } from "../clio/resources/users.ts";
import { usableMirror } from "../mirror/freshness.ts";
import type { RequestContext } from "../runtime/request-context.ts";
import type { Connection } from "../store/repositories/connections.ts";
import type { Store } from "../store/store.ts";

/** Reads the users of a connected user's firm, disabled ones included. Throws as `ClioAccess.request` does, or `SealError`. */
export type ReadFirmUsers = (connection: Connection, context: RequestContext) => Promise<StaffMember[]>;

interface FirmUsersParts {
  store: Pick<Store, "mirrors" | "mirrorRecords">;
  userClio: (connection: Connection) => ClioAccess;
  /** What mirrors must be written with; null if there are none (`DIRECTORY=live`). */
  formatVersion: string | null;
  now: () => number;
}

/** Reads them from the firm's mirror, or from Clio as the user if there is none. */
export function createFirmUsers({ store, userClio, formatVersion, now }: FirmUsersParts): ReadFirmUsers {
  return async (connection, context) => {
    if (formatVersion !== null) {
      const summary = await store.mirrors.findSummary(connection.firmId);
      const mirror = usableMirror(summary, { formatVersion }, now());
      if (mirror) return [...(await store.mirrorRecords.users(mirror.id)).values()];
    }
    return listStaff(userClio(connection), context);
  };
}
