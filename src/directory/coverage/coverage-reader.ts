import { LRUCache } from "lru-cache";
import type { AbsenceCache } from "../../absences/absence-cache.ts";
import type { CallRules } from "../../calls/call-rules.ts";
import type { Matter, StaffMember } from "../../calls/matter.ts";
import { type KnownAbsences, notOver } from "../../calls/transfer/absence-cover.ts";
import { buildCoverage, type Coverage } from "../../calls/transfer/coverage.ts";
import type { ClioAccess } from "../../clio/paging.ts";
import { usableMirror } from "../../mirror/freshness.ts";
import { withTimeout } from "../../runtime/timeout.ts";
import { SealError } from "../../store/encryption/seal-error.ts";
import type { Connection } from "../../store/repositories/connections.ts";
import type { Mirror } from "../../store/repositories/mirror.ts";
import type { Store } from "../../store/store.ts";
import { type LiveMatter, type People, toLiveMatter, toMatter } from "./live-matter.ts";
import { MirrorIndex } from "./mirror-index.ts";
import { CHECK_INTERVAL_MS, RecentChangeReader, type RecentChanges } from "./recent-changes.ts";
import { UserMatterReader, type UserMatters, type UserReading } from "./user-matters.ts";

/** A firm's coverage as one user sees it, or the progress of reading which matters that user can see. */
export type CoverageReading =
  | { readonly state: "reading"; readonly read: number; readonly total: number | null }
  | {
      readonly state: "ready";
      readonly coverage: Coverage;
      /** It has every change in Clio up to this moment. Epoch milliseconds. */
      readonly checkedAt: number;
      /** False if Clio couldn't be asked just now, so that there may be newer changes. */
      readonly isCurrent: boolean;
    };

interface CoverageReaderParts {
  store: Pick<Store, "mirrors" | "mirrorRecords" | "mirroredMatters" | "absences">;
  absenceCache: AbsenceCache;
  userClio: (connection: Connection) => ClioAccess;
  /** What mirrors must be written with (`mirrorFormatVersion`); null if there are none (`DIRECTORY=live`). */
  formatVersion: string | null;
  settings: Pick<CallRules, "staffRoles" | "defaultCountry">;
  now: () => number;
}

/** For whom it is remembered who needs a rule. */
const MAX_USERS = 1_000;

/** The open and pending matters that a user can see, before recent changes. */
interface KnownMatters {
  readonly matters: Iterable<LiveMatter>;
  /** All users of the firm, as far as the user can see them. */
  readonly people: People;
  /** They have every change in Clio up to this moment. */
  readonly currentAt: number;
}

/**
 * Which people take the calls for a firm's live matters, as each connected user sees them in Clio.
 *
 * The matters come from the firm's mirror, limited to those that Clio lists for the user; without a mirror, they are read
 * from Clio as the user. Then Clio is asked what changed since (docs/explanation/how-fresh.md, "Transfer rules"). Only what
 * the transfer rules need is kept in memory: no clients, no descriptions.
 */
export class CoverageReader {
  readonly #parts: CoverageReaderParts;
  readonly #mirrorIndex: MirrorIndex;
  readonly #userMatters: UserMatterReader;
  readonly #recentChanges: RecentChangeReader;
  readonly #ruleOwners = new LRUCache<string, ReadonlySet<number>>({ max: MAX_USERS });

  constructor(parts: CoverageReaderParts) {
    this.#parts = parts;
    this.#mirrorIndex = new MirrorIndex(parts.store.mirroredMatters, parts.now);
    this.#userMatters = new UserMatterReader(parts);
    this.#recentChanges = new RecentChangeReader(parts);
  }

  /**
   * Returns the coverage as this user sees it, or the progress of reading it.
   * @param timeoutMs how long to wait for a reading to end
   * Throws as `ClioAccess.request` does if the reading failed; the next call starts a new one.
   */
  async of(connection: Connection, timeoutMs: number): Promise<CoverageReading> {
    const { settings, now } = this.#parts;
    const known = await this.#knownMatters(connection, timeoutMs);
    if ("progress" in known) return { state: "reading", ...known.progress };
    const isChecked = now() - known.currentAt < CHECK_INTERVAL_MS;
    const changes = isChecked ? null : await this.#recentChanges.of(connection, known.currentAt);
    const { matters, people } = withChanges(known, changes);
    const coverage = buildCoverage(
      matters,
      settings.staffRoles,
      settings.defaultCountry,
      await this.#absences(connection.firmId, people),
    );
    this.#ruleOwners.set(userKey(connection), new Set(coverage.rules.map(({ person }) => person.id)));
    return {
      state: "ready",
      coverage,
      checkedAt: changes?.checkedAt ?? known.currentAt,
      isCurrent: isChecked || changes !== null,
    };
  }

  /**
   * The people who needed a transfer rule when the coverage was last read as this user; null if it wasn't. Makes no request to
   * Clio.
   */
  lastRuleOwners(connection: Connection): ReadonlySet<number> | null {
    return this.#ruleOwners.get(userKey(connection)) ?? null;
  }

  /** Aborts what is being read, and drops what is known. */
  close(): void {
    this.#ruleOwners.clear();
    this.#userMatters.close();
    this.#recentChanges.close();
    this.#mirrorIndex.clear();
  }

  /** The absences of a firm that aren't over. */
  async #absences(firmId: string, people: People): Promise<KnownAbsences> {
    const { store, absenceCache, now } = this.#parts;
    const { periods } = await absenceCache.of(firmId, await store.absences.revision(firmId));
    return { periods: notOver(periods, now()), findUser: (id) => people.get(id) ?? null };
  }

  async #knownMatters(connection: Connection, timeoutMs: number): Promise<KnownMatters | UserReading> {
    const mirror = await this.#findMirror(connection.firmId);
    if (!mirror) return this.#mattersInClio(connection, timeoutMs);
    try {
      return await this.#mattersInMirror(mirror, connection, timeoutMs);
    } catch (error) {
      // The mirror is about to be replaced (docs/explanation/how-fresh.md, "Whose view it is").
      if (!(error instanceof SealError)) throw error;
      return this.#mattersInClio(connection, timeoutMs);
    }
  }

  async #findMirror(firmId: string): Promise<(Mirror & { polledAt: number }) | null> {
    const { store, formatVersion, now } = this.#parts;
    if (formatVersion === null) return null;
    const firm = await store.mirrors.findByFirm(firmId);
    const mirror = usableMirror(firm, { formatVersion }, now()) && firm?.mirror;
    return mirror && mirror.polledAt !== null ? { ...mirror, polledAt: mirror.polledAt } : null;
  }

  async #mattersInMirror(
    mirror: Mirror & { polledAt: number },
    connection: Connection,
    timeoutMs: number,
  ): Promise<KnownMatters | UserReading> {
    const people = async (onMatters: People) =>
      new Map([...onMatters, ...(await this.#parts.store.mirrorRecords.users(mirror.id))]);
    // The mirror is what Clio shows to its user, so there is nothing to ask.
    if (connection.userId === mirror.userId) {
      const index = await this.#mirrorIndex.of(mirror);
      return {
        matters: index.matters.values(),
        people: await people(index.people),
        currentAt: mirror.polledAt,
      };
    }
    const reading = this.#userMatters.of(connection, "ids");
    // At the same time, so that the first page doesn't wait for both.
    const [visible, index] = await Promise.all([resultOf(reading, timeoutMs), this.#mirrorIndex.of(mirror)]);
    if (visible?.kind !== "ids") return reading;
    const matters: LiveMatter[] = [];
    for (const id of visible.ids) {
      const matter = index.matters.get(id);
      if (matter) matters.push(matter);
    }
    return {
      matters,
      people: await people(index.people),
      currentAt: Math.min(mirror.polledAt, reading.startedAt),
    };
  }

  async #mattersInClio(connection: Connection, timeoutMs: number): Promise<KnownMatters | UserReading> {
    const reading = this.#userMatters.of(connection, "matters");
    const found = await resultOf(reading, timeoutMs);
    if (found?.kind !== "matters") return reading;
    return { matters: found.matters.values(), people: found.people, currentAt: reading.startedAt };
  }
}

function userKey({ firmId, userId, generation }: Connection): string {
  return `${firmId} ${userId} ${generation}`;
}

function resultOf({ done }: UserReading, timeoutMs: number): Promise<UserMatters | null> {
  return withTimeout<UserMatters | null>(done, timeoutMs, () => null);
}

function withChanges(
  { matters, people }: KnownMatters,
  changes: RecentChanges | null,
): { matters: Matter[]; people: People } {
  const currentPeople = new Map<number, StaffMember>(people);
  const changed = new Map<number, LiveMatter | null>();
  if (changes) {
    for (const matter of changes.matters) changed.set(matter.id, toLiveMatter(matter, currentPeople));
    for (const person of changes.staff) currentPeople.set(person.id, person);
  }
  const personOf = (userId: number) => currentPeople.get(userId);
  const current: LiveMatter[] = [];
  for (const matter of matters) if (!changed.has(matter.id)) current.push(matter);
  for (const matter of changed.values()) if (matter) current.push(matter);
  return {
    matters: current.toSorted((one, other) => one.id - other.id).map((matter) => toMatter(matter, personOf)),
    people: currentPeople,
  };
}
