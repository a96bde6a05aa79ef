import type { AbsenceCache, FirmAbsences } from "../absences/absence-cache.ts";
import { type Absences, absencesAt, NOBODY_AWAY } from "../calls/absence.ts";
import type { Contact } from "../calls/contact.ts";
import { isFullName } from "../calls/matching/names/caller-name.ts";
import { type CountryCode, nameTerms, numberTerms } from "../calls/matching/search-terms.ts";
import { whoIsCalling } from "../calls/matching/who-is-calling.ts";
import type { Matter, RelatedMatter, StaffMember } from "../calls/matter.ts";
import { ClioError, ClioRateLimitedError, ClioTimeoutError } from "../errors.ts";
import { isStale, usableMirror } from "../mirror/freshness.ts";
import type { DirectorySource, RequestContext } from "../runtime/request-context.ts";
import { MissingKeyError, SealError } from "../store/encryption/seal-error.ts";
import type { FirmSummary } from "../store/repositories/firm-summary.ts";
import type { MirrorSummary } from "../store/repositories/mirror.ts";
import type { ChangeKind } from "../store/repositories/pending-changes.ts";
import type { Store } from "../store/store.ts";
import type { CallerDigits, Directory, OpenDirectory } from "./directory.ts";
import type { MirrorUsers } from "./mirror-users.ts";

/** What the directory needs of `MirrorScheduler`. */
interface MirrorUpkeep {
  /** Records that records of a firm have changed, so that they are read from Clio. Durable once it resolves. */
  recordChanges(firmId: string, kind: ChangeKind, recordIds: readonly number[]): Promise<void>;
  /** Checks a firm for work now. */
  schedule(firmId: string): void;
}

interface MirrorDirectoryParts {
  store: Pick<Store, "mirrors" | "mirrorRecords" | "mirrorLookups">;
  /** Opens the directory to use where the mirror has no answer. */
  openLive: OpenDirectory;
  upkeep: MirrorUpkeep;
  mirrorUsers: MirrorUsers;
  absenceCache: AbsenceCache;
  /** The setting `RELATED_CALLERS`. */
  relatedCallers: boolean;
  /** What a mirror's rows must have been written with (`mirrorFormatVersion`). */
  formatVersion: string;
  defaultCountry: CountryCode;
  now: () => number;
}

/** After Clio couldn't be reached, it isn't asked about unknown callers of the firm for this long. */
const PAUSE_AFTER_FAILURE_MS = 5_000;
/** Requests per minute that lookups of unknown callers leave for polling. */
const REQUESTS_RESERVED_FOR_SYNC = 5;

interface MirrorResult<T> {
  readonly value: T;
  /** Whether the mirror has what was looked up; if not, Clio may. */
  readonly isKnown: boolean;
}

/** A mirror that may answer, and what it has. */
interface MirrorAnswer<T> {
  readonly mirror: MirrorSummary;
  find(): Promise<MirrorResult<T>>;
}

interface Lookup<T> {
  /** Resolves with null if the firm has no mirror that may answer. */
  inMirror(): Promise<MirrorAnswer<T> | null>;
  inClio(live: Directory): Promise<T>;
  /** Called with what Clio returned although the mirror doesn't have it. */
  onFoundInClio(value: T): Promise<void>;
}

/**
 * The directory that answers from the firm's mirror once it is complete, and from Clio about callers the mirror doesn't
 * have. While Clio can't be reached or its rate limit is used up, the mirror alone answers, for up to 24 hours
 * (docs/explanation/how-fresh.md).
 */
export function createMirrorDirectory(parts: MirrorDirectoryParts): OpenDirectory {
  const shared = {
    ...parts,
    clioFailedAt: new Map<string, number>(),
  };
  return (firmId, context) => new MirrorDirectory(shared, firmId, context);
}

interface SharedParts extends MirrorDirectoryParts {
  /** When Clio last couldn't be reached, by firm; epoch milliseconds. */
  readonly clioFailedAt: Map<string, number>;
}

class MirrorDirectory implements Directory {
  readonly #parts: SharedParts;
  readonly #firmId: string;
  readonly #context: RequestContext;
  /** The moment of the call: whoever is away then is away for the whole of it. */
  readonly #moment: number;
  /** Of the firm's absences, when the mirror was loaded. */
  #absencesRevision = 0;
  #absences: Promise<FirmAbsences> | undefined;
  /** The mirror that answers the whole request; null if it is answered by Clio, undefined until that is known. */
  #mirror: MirrorSummary | null | undefined;
  /** The contacts that this request has found in the mirror, each with its matters if they were found along with it. */
  readonly #found = new Map<number, (() => Matter[]) | null>();
  /** Those of them who are known to be related to no matter. */
  readonly #unrelated = new Set<number>();
  /** IDs of contacts that this request has recorded for reading into the mirror. */
  readonly #recorded = new Set<number>();

  constructor(parts: SharedParts, firmId: string, context: RequestContext) {
    this.#parts = parts;
    this.#firmId = firmId;
    this.#context = context;
    this.#moment = parts.now();
  }

  contactsByNumber(digits: CallerDigits): Promise<Contact[]> {
    const { store, defaultCountry } = this.#parts;
    const hasNumber = (contact: Contact) => anyContactHas(digits, [contact], defaultCountry);
    return this.#lookUp<Contact[]>({
      inMirror: async () => {
        const { firm, find } = await store.mirrorLookups.contactsByEitherTerm(
          this.#firmId,
          numberTerms(digits),
        );
        const mirror = this.#use(firm);
        return (
          mirror && {
            mirror,
            find: async () => {
              const found = await find();
              for (const { contact, matters, isRelated } of found) {
                this.#found.set(contact.id, matters);
                if (!isRelated) this.#unrelated.add(contact.id);
              }
              const contacts = found.map(({ contact }) => contact);
              // The first term finds only contacts that have the number. The second can find others, so their numbers count.
              const isKnown =
                found.some(({ matchesFirst }) => matchesFirst) ||
                anyContactHas(digits, contacts, defaultCountry);
              return { value: contacts, isKnown };
            },
          }
        );
      },
      inClio: (live) => live.contactsByNumber(digits),
      onFoundInClio: (contacts) => this.#recordContacts(contacts.filter(hasNumber)),
    });
  }

  contactsByName(name: string): Promise<Contact[]> {
    const { store } = this.#parts;
    const hasName = (contact: Contact) => isFullName(name, contact);
    return this.#lookUp<Contact[]>({
      inMirror: async () => {
        const mirror = await this.#loadMirror();
        return (
          mirror && {
            mirror,
            find: async () => {
              const contacts = await store.mirrorRecords.contactsByTerms(mirror.id, nameTerms(name));
              for (const { id } of contacts) this.#found.set(id, null);
              return { value: contacts, isKnown: contacts.some(hasName) };
            },
          }
        );
      },
      inClio: (live) => live.contactsByName(name),
      onFoundInClio: (contacts) => this.#recordContacts(contacts.filter(hasName)),
    });
  }

  mattersOf(contactId: number): Promise<Matter[]> {
    return this.#lookUp<Matter[]>({
      inMirror: () => this.#mattersInMirror(contactId),
      inClio: (live) => live.mattersOf(contactId),
      onFoundInClio: (matters) => this.#record(matters.length > 0 ? [contactId] : []),
    });
  }

  async relatedMattersOf(contactId: number): Promise<RelatedMatter[]> {
    if (!this.#parts.relatedCallers) return [];
    return this.#lookUp<RelatedMatter[]>({
      inMirror: () => this.#relatedMattersInMirror(contactId),
      inClio: (live) => live.relatedMattersOf(contactId),
      onFoundInClio: async () => {},
    });
  }

  async absencesOf(userIds: readonly number[]): Promise<Absences> {
    const { openLive, mirrorUsers, absenceCache } = this.#parts;
    const mirror = await this.#loadMirror();
    if (!mirror)
      return this.#withSource("live", await openLive(this.#firmId, this.#context).absencesOf(userIds));
    this.#absences ??= absenceCache.of(this.#firmId, this.#absencesRevision);
    const { periods, timeZone } = await this.#absences;
    if (periods.size === 0) return NOBODY_AWAY;
    const usersById = await mirrorUsers.of(mirror);
    return absencesAt(this.#moment, {
      periods,
      findUser: (id) => usersById.get(id) ?? null,
      formatTime: timeZone.format,
    });
  }

  async #mattersInMirror(contactId: number): Promise<MirrorAnswer<Matter[]> | null> {
    const { mirrorRecords, mirrorLookups } = this.#parts.store;
    if (this.#mirror === null) return null;
    const found = this.#found.get(contactId);
    if (this.#mirror && found !== undefined) {
      const mirror = this.#mirror;
      return {
        mirror,
        find: async () => {
          const matters = found?.() ?? (await mirrorRecords.mattersByClient(mirror.id, contactId));
          return { value: await this.#withCurrentUsers(matters, mirror), isKnown: true };
        },
      };
    }
    const { firm, find } = await mirrorLookups.mattersOfContact(this.#firmId, contactId);
    const mirror = this.#use(firm);
    return (
      mirror && {
        mirror,
        find: async () => {
          // A deleted contact's matters remain, in Clio as well, so having matters doesn't prove that the contact exists.
          const found = await find();
          if (found === null) return { value: [], isKnown: false };
          this.#found.set(contactId, null);
          if (!found.isRelated) this.#unrelated.add(contactId);
          return { value: await this.#withCurrentUsers(found.matters, mirror), isKnown: true };
        },
      }
    );
  }

  async #relatedMattersInMirror(contactId: number): Promise<MirrorAnswer<RelatedMatter[]> | null> {
    const { mirrorRecords } = this.#parts.store;
    const mirror = await this.#loadMirror();
    return (
      mirror && {
        mirror,
        find: async () => {
          // Clio is asked about a contact that the mirror doesn't have: its relationships are read with the next poll only.
          if (!this.#found.has(contactId)) return { value: [], isKnown: false };
          // Most callers, so they take no query more.
          if (this.#unrelated.has(contactId)) return { value: [], isKnown: true };
          const matters = await mirrorRecords.mattersRelatedTo(mirror.id, contactId);
          return { value: await this.#withCurrentUsers(matters, mirror), isKnown: true };
        },
      }
    );
  }

  async #lookUp<T>(lookup: Lookup<T>): Promise<T> {
    const { store, upkeep, openLive, now } = this.#parts;
    const answer = await lookup.inMirror();
    if (!answer) return this.#withSource("live", await lookup.inClio(openLive(this.#firmId, this.#context)));
    try {
      const { value, isKnown } = await answer.find();
      if (!isKnown) return await this.#lookUpUnknown(lookup, value);
      return this.#withSource(isStale(answer.mirror, now()) ? "mirror_without_clio" : "mirror", value);
    } catch (error) {
      if (!(error instanceof SealError)) throw error;
      // The rows are damaged, or the key differs under the same ID, so the rest of the mirror can't be trusted either. Without
      // a key, the mirror was discarded just now, or another process may still have the key (`MirrorKeys.restoreLost`).
      if (!(error instanceof MissingKeyError)) await store.mirrors.discard(this.#firmId);
      this.#mirror = undefined;
      this.#found.clear();
      this.#unrelated.clear();
      upkeep.schedule(this.#firmId);
      return this.#withSource("live", await lookup.inClio(openLive(this.#firmId, this.#context)));
    }
  }

  /** Asks Clio about what the mirror doesn't have. Falls back to the mirror's result if Clio is unavailable. */
  async #lookUpUnknown<T>({ inClio, onFoundInClio }: Lookup<T>, fromMirror: T): Promise<T> {
    const { openLive, clioFailedAt, now } = this.#parts;
    if (now() - (clioFailedAt.get(this.#firmId) ?? 0) < PAUSE_AFTER_FAILURE_MS)
      return this.#withSource("mirror_without_clio", fromMirror);
    // Half of the time left, so that the rest of the request can still meet the deadline.
    const clioContext = this.#context.fork(this.#context.remaining() / 2, {
      reservedRequests: Math.max(REQUESTS_RESERVED_FOR_SYNC, this.#context.reservedRequests),
    });
    try {
      const found = await inClio(openLive(this.#firmId, clioContext));
      await onFoundInClio(found);
      return this.#withSource("live", found);
    } catch (error) {
      if (!isClioUnavailable(error)) throw error;
      if (!(error instanceof ClioRateLimitedError)) clioFailedAt.set(this.#firmId, now());
      return this.#withSource("mirror_without_clio", fromMirror);
    } finally {
      clioContext.close();
    }
  }

  async #loadMirror(): Promise<MirrorSummary | null> {
    if (this.#mirror !== undefined) return this.#mirror;
    return this.#use(await this.#parts.store.mirrors.findSummary(this.#firmId));
  }

  /** Returns the firm's mirror if it may answer. The same one then answers the rest of the request. */
  #use(firm: FirmSummary | null): MirrorSummary | null {
    const { formatVersion, now } = this.#parts;
    this.#mirror = usableMirror(firm, { formatVersion }, now());
    this.#absencesRevision = firm?.absencesRevision ?? 0;
    return this.#mirror;
  }

  async #withCurrentUsers<M extends Matter>(matters: M[], mirror: MirrorSummary): Promise<M[]> {
    return matters.length === 0
      ? matters
      : withCurrentUsers(matters, await this.#parts.mirrorUsers.of(mirror));
  }

  #recordContacts(contacts: readonly Contact[]): Promise<void> {
    return this.#record(contacts.map(({ id }) => id));
  }

  /** Has contacts and their matters read from Clio into the mirror. */
  async #record(contactIds: readonly number[]): Promise<void> {
    const unrecorded = contactIds.filter((id) => !this.#recorded.has(id));
    for (const id of unrecorded) this.#recorded.add(id);
    if (unrecorded.length > 0) await this.#parts.upkeep.recordChanges(this.#firmId, "client", unrecorded);
  }

  #withSource<T>(source: DirectorySource, value: T): T {
    this.#context.source = source;
    return value;
  }
}

function isClioUnavailable(error: unknown): boolean {
  return (
    error instanceof ClioError || error instanceof ClioTimeoutError || error instanceof ClioRateLimitedError
  );
}

function anyContactHas(
  { lastFour, e164 }: CallerDigits,
  contacts: readonly Contact[],
  defaultCountry: CountryCode,
): boolean {
  const number =
    e164 === undefined ? { kind: "last_4" as const, lastFour } : { kind: "whole" as const, e164, lastFour };
  return whoIsCalling({ number, name: null, contacts, defaultCountry }).outcome !== "none";
}

/**
 * Replaces the people on the matters with their current records, because a user's new name or number doesn't change the
 * stored matter.
 */
function withCurrentUsers<M extends Matter>(
  matters: readonly M[],
  users: ReadonlyMap<number, StaffMember>,
): M[] {
  return matters.map((matter) => ({
    ...matter,
    staff: Object.fromEntries(
      Object.entries(matter.staff).map(([role, person]) => [
        role,
        person && (users.get(person.id) ?? person),
      ]),
    ),
  }));
}
