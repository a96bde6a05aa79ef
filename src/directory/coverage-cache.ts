import { LRUCache } from "lru-cache";
import type { CallRules } from "../calls/call-rules.ts";
import { buildCoverage, type Coverage } from "../calls/transfer/coverage.ts";
import type { ClioAccess } from "../clio/paging.ts";
import { REQUESTS_RESERVED_FOR_CALLS } from "../clio/rate-limits.ts";
import { listLiveMatters } from "../clio/resources/matters.ts";
import { startContext } from "../runtime/request-context.ts";
import { withTimeout } from "../runtime/timeout.ts";
import type { Connection } from "../store/repositories/connections.ts";

/** A firm's coverage, or the progress of reading its live matters. */
export type CoverageReading =
  | { readonly state: "reading"; readonly read: number; readonly total: number | null }
  | { readonly state: "ready"; readonly coverage: Coverage; readonly readAt: number };

interface CoverageCacheParts {
  userClio: (connection: Connection) => ClioAccess;
  settings: Pick<CallRules, "staffRoles" | "defaultCountry">;
  now: () => number;
}

interface Reading {
  progress: { read: number; total: number | null };
  /** When it was complete, in epoch milliseconds; null while it is running. */
  readAt: number | null;
  readonly done: Promise<Extract<CoverageReading, { state: "ready" }>>;
}

const MAX_AGE_MS = 15 * 60_000;
/** Generous: with the requests that calls leave in peak hours, 20,000 matters take less than four minutes. */
const READ_TIMEOUT_MS = 15 * 60_000;
const MAX_USERS = 1_000;

/**
 * Which people take the calls for a firm's live matters, as each connected user sees them. The matters are read in the
 * background, and only what the transfer rules need is kept in memory: no clients, no descriptions.
 */
export class CoverageCache {
  readonly #parts: CoverageCacheParts;
  readonly #readings = new LRUCache<string, Reading>({ max: MAX_USERS });
  readonly #closing = new AbortController();

  constructor(parts: CoverageCacheParts) {
    this.#parts = parts;
  }

  /**
   * Returns the coverage as this user sees it, or the progress of reading it.
   * @param timeoutMs how long to wait for the reading to end
   * Throws as `ClioAccess.request` does if the reading failed; the next call starts a new one.
   */
  async of(connection: Connection, timeoutMs: number): Promise<CoverageReading> {
    const reading = this.#getOrStart(connection);
    return withTimeout<CoverageReading>(reading.done, timeoutMs, () => ({
      state: "reading",
      ...reading.progress,
    }));
  }

  /** Aborts every reading. */
  close(): void {
    this.#closing.abort();
  }

  #getOrStart(connection: Connection): Reading {
    const key = `${connection.firmId} ${connection.userId} ${connection.generation}`;
    const known = this.#readings.get(key);
    if (known && (known.readAt === null || this.#parts.now() - known.readAt < MAX_AGE_MS)) return known;
    const reading = this.#start(connection);
    this.#readings.set(key, reading);
    reading.done.catch(() => this.#readings.delete(key));
    return reading;
  }

  #start(connection: Connection): Reading {
    const { userClio, settings, now } = this.#parts;
    const context = startContext(READ_TIMEOUT_MS, {
      reservedRequests: REQUESTS_RESERVED_FOR_CALLS,
      until: this.#closing.signal,
    });
    const progress: Reading["progress"] = { read: 0, total: null };
    const matters = listLiveMatters(userClio(connection), context, (read, total) => {
      progress.read = read;
      progress.total = total;
    });
    const done = matters.then((found) => {
      const coverage = buildCoverage(found, settings.staffRoles, settings.defaultCountry);
      reading.readAt = now();
      return { state: "ready" as const, coverage, readAt: reading.readAt };
    });
    done.catch(() => {}).finally(() => context.close());
    const reading: Reading = { progress, readAt: null, done };
    return reading;
  }
}
