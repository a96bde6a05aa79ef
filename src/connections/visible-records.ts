import { GrantRevokedError } from "../clio/oauth.ts";
import { REQUESTS_RESERVED_FOR_CALLS } from "../clio/rate-limits.ts";
import { countRecords, type VisibleRecords } from "../clio/resources/record-counts.ts";
import { ServiceError } from "../errors.ts";
import type { RequestContext } from "../runtime/request-context.ts";
import type { Connection } from "../store/repositories/connections.ts";
import type { UserClio } from "./user-clio.ts";

const TIMEOUT_MS = 5_000;

/** Asks Clio how many contacts and matters a user can see. Leaves the requests that callers may need. */
export async function visibleRecords(
  userClio: UserClio,
  connection: Connection,
  context: RequestContext,
): Promise<VisibleRecords> {
  const limited = context.fork(TIMEOUT_MS, { reservedRequests: REQUESTS_RESERVED_FOR_CALLS });
  try {
    return { counts: await countRecords(userClio(connection), limited) };
  } catch (error) {
    if (error instanceof GrantRevokedError) return { problem: "This user's access was removed in Clio." };
    if (error instanceof ServiceError) return { problem: error.detail };
    throw error;
  } finally {
    limited.close();
  }
}
