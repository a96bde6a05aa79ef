import { LRUCache } from "lru-cache";
import type { AbsencePeriod, PeriodsByUser } from "../calls/absence.ts";
import { openTimeZone, type TimeZone } from "../runtime/time-zone.ts";
import type { Store } from "../store/store.ts";

/** What is known about a firm's absences, entered and from calendars. */
export interface FirmAbsences {
  readonly periods: PeriodsByUser;
  readonly timeZone: TimeZone;
}

interface AbsenceCacheParts {
  store: Pick<Store, "absences" | "absenceCalendars" | "firms">;
  /** The time zone of firms that have none of their own, an IANA name. */
  defaultTimeZone: string;
  /** Whether calendars are read, so that what was read of them counts. */
  readsCalendars: boolean;
}

const MAX_FIRMS = 5_000;
/** So that the absences of a removed firm don't stay in memory. */
const MAX_AGE_MS = 60_000;

/**
 * Caches the decrypted absences of each firm. A revision that is read from the database with every call says whether they
 * changed, so a change counts from the next call on in every process (docs/explanation/who-is-found.md#absences).
 */
export class AbsenceCache {
  readonly #parts: AbsenceCacheParts;
  readonly #firms = new LRUCache<string, { revision: number; absences: Promise<FirmAbsences> }>({
    max: MAX_FIRMS,
    ttl: MAX_AGE_MS,
  });
  /** For firms that never had an absence, which is what most calls find. */
  readonly #none: Promise<FirmAbsences>;

  constructor(parts: AbsenceCacheParts) {
    this.#parts = parts;
    this.#none = Promise.resolve({ periods: new Map(), timeZone: openTimeZone(parts.defaultTimeZone) });
  }

  /** Returns the absences that a firm had at a revision (`Absences.revision`), or newer ones. */
  of(firmId: string, revision: number): Promise<FirmAbsences> {
    if (revision === 0) return this.#none;
    const cached = this.#firms.get(firmId);
    if (cached?.revision === revision) return cached.absences;
    const absences = this.#load(firmId);
    this.#firms.set(firmId, { revision, absences });
    absences.catch(() => {
      if (this.#firms.peek(firmId)?.absences === absences) this.#firms.delete(firmId);
    });
    return absences;
  }

  async #load(firmId: string): Promise<FirmAbsences> {
    const { store, defaultTimeZone, readsCalendars } = this.#parts;
    const [firm, entered, calendar] = await Promise.all([
      store.firms.find(firmId),
      store.absences.listByFirm(firmId),
      readsCalendars ? store.absenceCalendars.find(firmId) : null,
    ]);
    const fromCalendars = calendar?.entries?.absences ?? [];
    const periods: AbsencePeriod[] = [
      // Without the notes, which no call needs.
      ...entered.map(({ userId, from, until, standInId }) => ({ userId, from, until, standInId })),
      ...fromCalendars.map((absence) => ({ ...absence, standInId: null })),
    ];
    return {
      periods: Map.groupBy(periods, ({ userId }) => userId),
      timeZone: openTimeZone(firm?.timeZone ?? defaultTimeZone),
    };
  }
}
