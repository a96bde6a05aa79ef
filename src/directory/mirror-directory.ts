import type { Contact } from "../calls/contact.ts";
import { isFullName } from "../calls/matching/caller-name.ts";
import { type CountryCode, nameTerms, numberTerms } from "../calls/matching/search-terms.ts";
import { whoIsCalling } from "../calls/matching/who-is-calling.ts";
import type { Matter, StaffMember } from "../calls/matter.ts";
import { ClioError, ClioRateLimitedError, ClioTimeoutError } from "../errors.ts";
import { isStale, usableMirror } from "../mirror/freshness.ts";
import type { DirectorySource, RequestContext } from "../runtime/request-context.ts";
import { SealError } from "../store/encryption/seal-error.ts";
import type { MirrorSummary } from "../store/repositories/mirrors.ts";
import type { ChangeKind } from "../store/repositories/pending-changes.ts";
import type { Store } from "../store/store.ts";
import type { CallerDigits, Directory, OpenDirectory } from "./directory.ts";
import { MirrorUsers } from "./mirror-users.ts";

/** What a directory asks of whatever keeps the mirrors up to date. */
interface MirrorUpkeep {
  /** Has records of a firm read again. Durable once it resolves. */
  recordChanges(firmId: string, kind: ChangeKind, recordIds: readonly number[]): Promise<void>;
  /** Has a firm's mirror looked at now. */
  schedule(firmId: string): void;
}

interface MirrorDirectoryParts {
  store: Pick<Store, "mirrors" | "mirrorRecords">;
  /** Asked where the mirror has no answer. */
  openLive: OpenDirectory;
  upkeep: MirrorUpkeep;
  /** What a mirror's rows must have been written with (`mirrorFormatVersion`). */
  formatVersion: string;
  defaultCountry: CountryCode;
  now: () => number;
}

/** After Clio could not be reached, unknown callers of the firm get the mirror's answer at once for this long. */
const PAUSE_AFTER_FAILURE_MS = 5_000;
/** Requests per minute that unknown callers leave for reading changes. */
const REQUESTS_RESERVED_FOR_SYNC = 5;

interface MirrorAnswer<T> {
  readonly value: T;
  /** Whether the mirror has what it was asked for; if not, Clio may. */
  readonly isKnown: boolean;
}

interface Question<T> {
  askMirror(mirror: MirrorSummary): Promise<MirrorAnswer<T>>;
  askClio(live: Directory): Promise<T>;
  /** Told what Clio knows beyond the mirror. */
  onFoundInClio(value: T): Promise<void>;
}

/**
 * The directory that answers from the firm's mirror once it is complete, and asks Clio about callers the mirror does not
 * have. While Clio cannot be reached, or its rate limit is used up, the mirror alone answers, for up to 24 hours
 * (docs/explanation/how-fresh.md).
 */
export function createMirrorDirectory(parts: MirrorDirectoryParts): OpenDirectory {
  const shared = {
    ...parts,
    users: new MirrorUsers(parts.store.mirrorRecords),
    clioFailedAt: new Map<string, number>(),
  };
  return (firmId, context) => new MirrorDirectory(shared, firmId, context);
}

interface SharedParts extends MirrorDirectoryParts {
  readonly users: MirrorUsers;
  /** When Clio last could not be reached, by firm; epoch milliseconds. */
  readonly clioFailedAt: Map<string, number>;
}

class MirrorDirectory implements Directory {
  readonly #parts: SharedParts;
  readonly #firmId: string;
  readonly #context: RequestContext;
  /** A request is answered from one and the same mirror. */
  #mirror: Promise<MirrorSummary | null> | undefined;
  /** Contacts that this request has found in the mirror. */
  readonly #found = new Set<number>();
  /** Contacts that this request has had read into the mirror. */
  readonly #recorded = new Set<number>();

  constructor(parts: SharedParts, firmId: string, context: RequestContext) {
    this.#parts = parts;
    this.#firmId = firmId;
    this.#context = context;
  }

  contactsByNumber(digits: CallerDigits): Promise<Contact[]> {
    const { store, defaultCountry } = this.#parts;
    const hasNumber = (contact: Contact) => someoneHas(digits, [contact], defaultCountry);
    return this.#answer<Contact[]>({
      askMirror: async (mirror) => {
        const rows = await store.mirrorRecords.contactsByEitherTerm(mirror.id, numberTerms(digits));
        const contacts = this.#remember(rows.map(({ contact }) => contact));
        // A contact found by the first term has the number; one whose number only ends alike may not.
        const isKnown = rows.some(({ byFirst }) => byFirst) || someoneHas(digits, contacts, defaultCountry);
        return { value: contacts, isKnown };
      },
      askClio: (live) => live.contactsByNumber(digits),
      onFoundInClio: (contacts) => this.#recordContacts(contacts.filter(hasNumber)),
    });
  }

  contactsByName(name: string): Promise<Contact[]> {
    const { store } = this.#parts;
    const hasName = (contact: Contact) => isFullName(name, contact);
    return this.#answer<Contact[]>({
      askMirror: async (mirror) => {
        const contacts = this.#remember(
          await store.mirrorRecords.contactsByTerms(mirror.id, nameTerms(name)),
        );
        return { value: contacts, isKnown: contacts.some(hasName) };
      },
      askClio: (live) => live.contactsByName(name),
      onFoundInClio: (contacts) => this.#recordContacts(contacts.filter(hasName)),
    });
  }

  mattersOf(contactId: number): Promise<Matter[]> {
    const { store, users } = this.#parts;
    return this.#answer<Matter[]>({
      askMirror: async (mirror) => {
        // A deleted contact leaves matters behind, in Clio as well, that belong to nobody.
        const exists =
          this.#found.has(contactId) || (await store.mirrorRecords.hasContact(mirror.id, contactId));
        if (!exists) return { value: [], isKnown: false };
        const matters = await store.mirrorRecords.mattersOf(mirror.id, contactId);
        if (matters.length === 0) return { value: matters, isKnown: true };
        return { value: withCurrentUsers(matters, await users.of(mirror)), isKnown: true };
      },
      askClio: (live) => live.mattersOf(contactId),
      onFoundInClio: (matters) => this.#record(matters.length > 0 ? [contactId] : []),
    });
  }

  async #answer<T>(question: Question<T>): Promise<T> {
    const { store, upkeep, openLive, now } = this.#parts;
    const mirror = await this.#currentMirror();
    if (!mirror) return this.#from("live", await question.askClio(openLive(this.#firmId, this.#context)));
    try {
      const { value, isKnown } = await question.askMirror(mirror);
      if (!isKnown) return await this.#askClioAsWell(question, value);
      return this.#from(isStale(mirror, now()) ? "mirror_without_clio" : "mirror", value);
    } catch (error) {
      if (!(error instanceof SealError)) throw error;
      // Damaged rows, or another key under the same id: the rest of the mirror cannot be trusted either.
      await store.mirrors.discard(this.#firmId);
      this.#mirror = undefined;
      upkeep.schedule(this.#firmId);
      return this.#from("live", await question.askClio(openLive(this.#firmId, this.#context)));
    }
  }

  /** Clio's answer about somebody the mirror does not have; the mirror's answer where Clio cannot be reached. */
  async #askClioAsWell<T>({ askClio, onFoundInClio }: Question<T>, fromMirror: T): Promise<T> {
    const { openLive, clioFailedAt, now } = this.#parts;
    if (now() - (clioFailedAt.get(this.#firmId) ?? 0) < PAUSE_AFTER_FAILURE_MS)
      return this.#from("mirror_without_clio", fromMirror);
    // Half of the time left: what comes after has to be in time as well.
    const share = this.#context.fork(this.#context.remaining() / 2, {
      reservedRequests: REQUESTS_RESERVED_FOR_SYNC,
    });
    try {
      const found = await askClio(openLive(this.#firmId, share));
      await onFoundInClio(found);
      return this.#from("live", found);
    } catch (error) {
      if (!isClioUnavailable(error)) throw error;
      if (!(error instanceof ClioRateLimitedError)) clioFailedAt.set(this.#firmId, now());
      return this.#from("mirror_without_clio", fromMirror);
    } finally {
      share.close();
    }
  }

  #currentMirror(): Promise<MirrorSummary | null> {
    const { store, formatVersion, now } = this.#parts;
    this.#mirror ??= store.mirrors
      .summary(this.#firmId)
      .then((firm) => usableMirror(firm, { formatVersion }, now()));
    return this.#mirror;
  }

  #remember(contacts: Contact[]): Contact[] {
    for (const { id } of contacts) this.#found.add(id);
    return contacts;
  }

  #recordContacts(contacts: readonly Contact[]): Promise<void> {
    return this.#record(contacts.map(({ id }) => id));
  }

  /** Has contacts that Clio knows, and their matters, read into the mirror. */
  async #record(contactIds: readonly number[]): Promise<void> {
    const unrecorded = contactIds.filter((id) => !this.#recorded.has(id));
    for (const id of unrecorded) this.#recorded.add(id);
    if (unrecorded.length > 0) await this.#parts.upkeep.recordChanges(this.#firmId, "client", unrecorded);
  }

  #from<T>(source: DirectorySource, value: T): T {
    this.#context.source = source;
    return value;
  }
}

function isClioUnavailable(error: unknown): boolean {
  return (
    error instanceof ClioError || error instanceof ClioTimeoutError || error instanceof ClioRateLimitedError
  );
}

function someoneHas(
  { lastFour, e164 }: CallerDigits,
  contacts: readonly Contact[],
  defaultCountry: CountryCode,
): boolean {
  const number =
    e164 === undefined ? { kind: "last_4" as const, lastFour } : { kind: "whole" as const, e164, lastFour };
  return whoIsCalling({ number, name: null, contacts, defaultCountry }).outcome !== "none";
}

/** The people on the matters as they are now: a matter does not change with its people's numbers and names. */
function withCurrentUsers(matters: readonly Matter[], users: ReadonlyMap<number, StaffMember>): Matter[] {
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
