import { LRUCache } from "lru-cache";
import type { StaffMember } from "../../calls/matter.ts";
import type { ClioAccess } from "../../clio/paging.ts";
import { REQUESTS_RESERVED_FOR_CALLS } from "../../clio/rate-limits.ts";
import { listLiveMatterIds, listLiveMatters } from "../../clio/resources/matters.ts";
import { listStaff } from "../../clio/resources/users.ts";
import { type RequestContext, startContext } from "../../runtime/request-context.ts";
import type { Connection } from "../../store/repositories/connections.ts";
import { type LiveMatter, type People, toLiveMatter } from "./live-matter.ts";

/** The open and pending matters that a user can see in Clio. */
export type UserMatters =
  /** In ascending order: enough where the matters themselves are in the mirror. */
  | { readonly kind: "ids"; readonly ids: Float64Array }
  | {
      readonly kind: "matters";
      readonly matters: ReadonlyMap<number, LiveMatter>;
      /** All users of the firm: someone without matters may stand in for others. */
      readonly people: People;
    };

export interface ReadingProgress {
  readonly read: number;
  /** Null until Clio says how many there are. */
  readonly total: number | null;
}

/** A reading that is running or complete. */
export interface UserReading {
  /** What changed in Clio later may be missing. Epoch milliseconds. */
  readonly startedAt: number;
  /** While it is running. */
  readonly progress: ReadingProgress;
  readonly done: Promise<UserMatters>;
}

interface Reading extends UserReading {
  progress: ReadingProgress;
  /** When it was complete; null while it is running. */
  readAt: number | null;
}

interface Readings {
  complete: Reading | null;
  running: Reading | null;
}

interface UserMatterReaderParts {
  userClio: (connection: Connection) => ClioAccess;
  now: () => number;
}

/** What a user may see can change without a change to any matter, so nothing older is used. */
const MAX_AGE_MS = 15 * 60_000;
/** From this age on, a result that is used is read again in the background, so that the user doesn't have to wait later. */
const RENEWAL_AGE_MS = 10 * 60_000;
/** Generous: with the requests that calls leave in peak hours, 20,000 matters take less than four minutes. */
const READ_TIMEOUT_MS = 15 * 60_000;
const MAX_USERS = 1_000;
/** Over all users. A thousand IDs take 8 kB; a thousand matters, which are read where there is no mirror, about 300 kB. */
const MAX_SIZE_BYTES = 100_000_000;
const ID_BYTES = 8;
const MATTER_BYTES = 300;

/**
 * Reads which open and pending matters each user can see in Clio: in the background, after callers' requests. A result is
 * used for 15 minutes.
 */
export class UserMatterReader {
  readonly #parts: UserMatterReaderParts;
  readonly #readings = new LRUCache<string, Readings>({
    max: MAX_USERS,
    maxSize: MAX_SIZE_BYTES,
    ttl: READ_TIMEOUT_MS + MAX_AGE_MS,
    ttlAutopurge: true,
  });
  readonly #closing = new AbortController();

  constructor(parts: UserMatterReaderParts) {
    this.#parts = parts;
  }

  /**
   * The user's latest complete reading, if it isn't too old; otherwise the one that is running, or a new one.
   * @param kind what to read. `done` rejects as `ClioAccess.request` does; the next call then starts a new reading.
   */
  of(connection: Connection, kind: UserMatters["kind"]): UserReading {
    const key = `${connection.firmId} ${connection.userId} ${connection.generation} ${kind}`;
    const readings = this.#readings.get(key) ?? { complete: null, running: null };
    const complete = this.#isYoungerThan(MAX_AGE_MS, readings.complete) ? readings.complete : null;
    if (complete && this.#isYoungerThan(RENEWAL_AGE_MS, complete)) return complete;
    const running = readings.running ?? this.#start(connection, kind);
    if (running !== readings.running) {
      this.#keep(key, { complete, running });
      running.done.then(
        (found) => this.#keep(key, { complete: running, running: null }, sizeOf(found)),
        () => this.#keep(key, { complete, running: null }),
      );
    }
    return complete ?? running;
  }

  /** Aborts every reading, and drops what is known. */
  close(): void {
    this.#closing.abort();
    this.#readings.clear();
  }

  #isYoungerThan(ageMs: number, reading: Reading | null): boolean {
    return reading !== null && reading.readAt !== null && this.#parts.now() - reading.readAt < ageMs;
  }

  #keep(key: string, readings: Readings, bytes = 1): void {
    if (this.#closing.signal.aborted) return;
    if (readings.complete === null && readings.running === null) this.#readings.delete(key);
    else this.#readings.set(key, readings, { size: Math.min(bytes, MAX_SIZE_BYTES) });
  }

  #start(connection: Connection, kind: UserMatters["kind"]): Reading {
    const { userClio, now } = this.#parts;
    const context = startContext(READ_TIMEOUT_MS, {
      reservedRequests: REQUESTS_RESERVED_FOR_CALLS,
      until: this.#closing.signal,
    });
    const onPage = (read: number, total: number | null) => {
      reading.progress = { read, total };
    };
    const found = readMatters(userClio(connection), kind, context, onPage);
    const reading: Reading = {
      startedAt: now(),
      readAt: null,
      progress: { read: 0, total: null },
      done: found
        .then((found) => {
          reading.readAt = now();
          return found;
        })
        .finally(() => context.close()),
    };
    return reading;
  }
}

async function readMatters(
  clio: ClioAccess,
  kind: UserMatters["kind"],
  context: RequestContext,
  onPage: (read: number, total: number | null) => void,
): Promise<UserMatters> {
  if (kind === "ids") {
    const ids = await listLiveMatterIds(clio, context, onPage);
    return { kind, ids: Float64Array.from(ids).sort() };
  }
  const [found, staff] = await Promise.all([
    listLiveMatters(clio, context, onPage),
    listStaff(clio, context),
  ]);
  const people = new Map<number, StaffMember>(staff.map((person) => [person.id, person]));
  const matters = new Map<number, LiveMatter>();
  for (const matter of found) {
    const live = toLiveMatter(matter, people);
    if (live) matters.set(live.id, live);
  }
  return { kind, matters, people };
}

function sizeOf(found: UserMatters): number {
  return 1 + (found.kind === "ids" ? found.ids.length * ID_BYTES : found.matters.size * MATTER_BYTES);
}
