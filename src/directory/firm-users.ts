import type { StaffMember } from "../calls/matter.ts";
import type { ClioAccess } from "../clio/paging.ts";
import { listStaff } from "../clio/resources/users.ts";
import { usableMirror } from "../mirror/freshness.ts";
import type { RequestContext } from "../runtime/request-context.ts";
import { SealError } from "../store/encryption/seal-error.ts";
import type { Connection } from "../store/repositories/connections.ts";
import type { FirmSummary } from "../store/repositories/firm-summary.ts";
import type { MirrorUsers } from "./mirror-users.ts";

/**
 * Reads the users of a connected user's firm, disabled ones included. Throws as `ClioAccess.request` does.
 *
 * @param firm the user's firm
 */
export type ReadFirmUsers = (
  connection: Connection,
  firm: FirmSummary | null,
  context: RequestContext,
) => Promise<readonly StaffMember[]>;

interface FirmUsersParts {
  mirrorUsers: MirrorUsers;
  userClio: (connection: Connection) => ClioAccess;
  /** What mirrors must be written with; null if there are none (`DIRECTORY=live`). */
  formatVersion: string | null;
  now: () => number;
}

/**
 * Reads them from the firm's mirror, or from Clio as the user if there is none or it can't be decrypted. Clio lists all
 * users of a firm to each of them.
 */
export function createFirmUsers({
  mirrorUsers,
  userClio,
  formatVersion,
  now,
}: FirmUsersParts): ReadFirmUsers {
  async function inMirror(firm: FirmSummary | null): Promise<readonly StaffMember[] | null> {
    const mirror = formatVersion === null ? null : usableMirror(firm, { formatVersion }, now());
    if (!mirror) return null;
    try {
      return [...(await mirrorUsers.of(mirror)).values()];
    } catch (error) {
      if (!(error instanceof SealError)) throw error;
      return null;
    }
  }

  return async (connection, firm, context) =>
    (await inMirror(firm)) ?? (await listStaff(userClio(connection), context));
}
