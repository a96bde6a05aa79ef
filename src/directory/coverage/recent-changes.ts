import { LRUCache } from "lru-cache";
import type { Matter, StaffMember } from "../../calls/matter.ts";
import type { ClioAccess } from "../../clio/paging.ts";
import { REQUESTS_RESERVED_FOR_CALLS } from "../../clio/rate-limits.ts";
import { listChangedMatters } from "../../clio/resources/matters.ts";
import { listStaff } from "../../clio/resources/users.ts";
import { ClioError, ClioRateLimitedError, ClioTimeoutError } from "../../errors.ts";
import { startContext } from "../../runtime/request-context.ts";
import type { Connection } from "../../store/repositories/connections.ts";

/** What changed in Clio recently, as one user sees it there. */
export interface RecentChanges {
  /** Everything up to this moment is included. Epoch milliseconds. */
  readonly checkedAt: number;
  /** The matters that changed, whatever their status. */
  readonly matters: readonly Matter[];
  /** All users that the user can see. */
  readonly staff: readonly StaffMember[];
}

interface RecentChangeReaderParts {
  userClio: (connection: Connection) => ClioAccess;
  now: () => number;
}

interface Check {
  readonly since: number;
  readonly checkedAt: number;
  readonly result: Promise<RecentChanges | null>;
}

/** A page that is reloaded within this time shows the result of the check before. */
export const CHECK_INTERVAL_MS = 10_000;
/** The page waits for it. */
const CHECK_TIMEOUT_MS = 2_500;
/** Clio's clock and ours may differ by this much. */
const CLOCK_SKEW_MS = 10 * 60_000;
/** More are left to the reading of all matters, or to the mirror. */
const MAX_CHANGED_MATTERS = 1_000;
const MAX_USERS = 1_000;

/** Asks Clio what changed in the last minutes, so that a page about all matters is current within seconds. */
export class RecentChangeReader {
  readonly #parts: RecentChangeReaderParts;
  readonly #checks = new LRUCache<string, Check>({
    max: MAX_USERS,
    ttl: CHECK_INTERVAL_MS + CHECK_TIMEOUT_MS,
    ttlAutopurge: true,
  });
  readonly #closing = new AbortController();

  constructor(parts: RecentChangeReaderParts) {
    this.#parts = parts;
  }

  /**
   * What changed since a moment. Takes two of the user's Clio requests, and at most every ten seconds.
   * @param since epoch milliseconds
   * @returns null if Clio can't be asked now, or if very much has changed. Otherwise throws as `ClioAccess.request` does.
   */
  of(connection: Connection, since: number): Promise<RecentChanges | null> {
    const key = `${connection.firmId} ${connection.userId} ${connection.generation}`;
    const now = this.#parts.now();
    const known = this.#checks.get(key);
    if (known && now - known.checkedAt < CHECK_INTERVAL_MS && known.since <= since) return known.result;
    const check = { since, checkedAt: now, result: this.#check(connection, since, now) };
    this.#checks.set(key, check);
    // An error is not kept: the user may have fixed the cause.
    check.result.catch(() => this.#checks.delete(key));
    return check.result;
  }

  /** Aborts every check. */
  close(): void {
    this.#closing.abort();
    this.#checks.clear();
  }

  async #check(connection: Connection, since: number, checkedAt: number): Promise<RecentChanges | null> {
    const clio = this.#parts.userClio(connection);
    const context = startContext(CHECK_TIMEOUT_MS, {
      reservedRequests: REQUESTS_RESERVED_FOR_CALLS,
      until: this.#closing.signal,
    });
    try {
      const [matters, staff] = await Promise.all([
        listChangedMatters(clio, since - CLOCK_SKEW_MS, MAX_CHANGED_MATTERS, context),
        listStaff(clio, context),
      ]);
      return matters && { checkedAt, matters, staff };
    } catch (error) {
      if (isClioUnavailable(error)) return null;
      throw error;
    } finally {
      context.close();
    }
  }
}

function isClioUnavailable(error: unknown): boolean {
  return (
    error instanceof ClioError || error instanceof ClioTimeoutError || error instanceof ClioRateLimitedError
  );
}
