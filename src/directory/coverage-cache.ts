import { LRUCache } from "lru-cache";
import type { CallRules } from "../calls/call-rules.ts";
import { type Coverage, coverageOf } from "../calls/transfer/coverage.ts";
import type { ClioAccess } from "../clio/paging.ts";
import { liveMatters } from "../clio/resources/matters.ts";
import { startContext } from "../runtime/request-context.ts";
import { withTimeout } from "../runtime/timeout.ts";
import type { Connection } from "../store/repositories/connections.ts";

/** How far the reading of a firm's live matters is. */
export type CoverageReading =
  | { readonly state: "reading"; readonly read: number; readonly total: number | null }
  | { readonly state: "ready"; readonly coverage: Coverage; readonly readAt: number };

interface SnapshotParts {
  /** Reads Clio as one connected user sees it. */
  userClio: (connection: Connection) => ClioAccess;
  settings: Pick<CallRules, "staffRoles" | "defaultCountry">;
  now: () => number;
}

interface Reading {
  progress: { read: number; total: number | null };
  /** Epoch milliseconds; null while it goes on. */
  readAt: number | null;
  readonly done: Promise<Extract<CoverageReading, { state: "ready" }>>;
}

/** For so long a snapshot serves (milliseconds). */
const SERVES_FOR = 15 * 60_000;
/** 20,000 matters at Clio's peak limit, less what is left to the receptionist, take less than four minutes. */
const LONGEST_READING = 15 * 60_000;
/** Requests a minute that are never taken from the receptionist. */
const LEFT_FOR_CALLS = 20;

/**
 * Who answers for a firm's live matters, as each connected user sees them. The matters are read in the background, at
 * nobody's cost, and only what the rules need is kept of them: no client, no description.
 */
export class CoverageCache {
  readonly #parts: SnapshotParts;
  readonly #readings = new LRUCache<string, Reading>({ max: 1000 });
  readonly #closing = new AbortController();

  constructor(parts: SnapshotParts) {
    this.#parts = parts;
  }

  /**
   * The snapshot of the user, or how far its reading is.
   * @param patience milliseconds to wait for a reading that ends soon
   * Throws what ended the reading; the next call reads again.
   */
  async of(connection: Connection, patience: number): Promise<CoverageReading> {
    const reading = this.#reading(connection);
    return withTimeout<CoverageReading>(reading.done, patience, () => ({
      state: "reading",
      ...reading.progress,
    }));
  }

  /** Ends every reading. */
  close(): void {
    this.#closing.abort();
  }

  #reading(connection: Connection): Reading {
    const key = `${connection.firmId} ${connection.userId} ${connection.generation}`;
    const known = this.#readings.get(key);
    if (known && (known.readAt === null || this.#parts.now() - known.readAt < SERVES_FOR)) return known;
    const reading = this.#read(connection);
    this.#readings.set(key, reading);
    reading.done.catch(() => this.#readings.delete(key));
    return reading;
  }

  #read(connection: Connection): Reading {
    const { userClio, settings, now } = this.#parts;
    const context = startContext(LONGEST_READING, {
      reservedRequests: LEFT_FOR_CALLS,
      until: this.#closing.signal,
    });
    const progress: Reading["progress"] = { read: 0, total: null };
    const matters = liveMatters(userClio(connection), context, (read, total) => {
      progress.read = read;
      progress.total = total;
    });
    const done = matters.then((found) => {
      const coverage = coverageOf(found, settings.staffRoles, settings.defaultCountry);
      reading.readAt = now();
      return { state: "ready" as const, coverage, readAt: reading.readAt };
    });
    done.catch(() => {}).finally(() => context.close());
    const reading: Reading = { progress, readAt: null, done };
    return reading;
  }
}
