import { type Budget, type DirectorySource, startBudget } from "../budget.ts";
import { isFullName } from "../calls/caller-name.ts";
import type { Contact } from "../calls/contact.ts";
import { type CountryCode, nameTerms, numberTerms } from "../calls/found-by.ts";
import type { Matter, StaffMember } from "../calls/matter.ts";
import { whoIsCalling } from "../calls/who-is-calling.ts";
import { ClioError, ClioRateLimited, ClioTimeout } from "../errors.ts";
import type { MirrorKeeper } from "../mirror/mirror-keeper.ts";
import { answeringMirror, lagsBehind } from "../mirror/what-is-due.ts";
import type { MirrorStanding } from "../store/mirrors.ts";
import { SealError } from "../store/seal-error.ts";
import type { Store } from "../store/store.ts";
import type { CallerDigits, Directory } from "./directory.ts";
import { MirrorUsers } from "./mirror-users.ts";

interface MirrorDirectoryParts {
  store: Store;
  /** Who is asked where the mirror cannot answer. */
  live: Directory;
  keeper: Pick<MirrorKeeper, "note" | "look">;
  /** What a mirror has to be made with (`mirrorForm`). */
  form: string;
  defaultCountry: CountryCode;
  now: () => number;
}

/**
 * For so long Clio is not asked about unknown numbers of a firm after it could not be (milliseconds): whoever calls
 * meanwhile gets the mirror's answer at once.
 */
const PAUSE_AFTER_FAILURE = 5_000;
/** Requests a minute that unknown callers leave to the reading of changes. */
const LEFT_FOR_CHANGES = 5;

interface MirrorsAnswer<T> {
  readonly answer: T;
  /** Whether the mirror knows whom it was asked about; if not, Clio may. */
  readonly knows: boolean;
}

/**
 * The directory that answers from the firm's mirror once it is complete, and asks Clio for whom the mirror does not know.
 * Where Clio cannot be asked, or its limit is used up, what the mirror knows is the answer, for up to 24 hours.
 */
export function createMirrorDirectory(parts: MirrorDirectoryParts): Directory {
  const { store, live, keeper, form, defaultCountry, now } = parts;
  const { mirrorRecords } = store;
  const users = new MirrorUsers(mirrorRecords);
  /** One request is answered from one and the same mirror. */
  const mirrors = new WeakMap<Budget, Promise<MirrorStanding | null>>();
  const kept = new WeakMap<Budget, Set<number>>();
  /** Contacts that a request has found in the mirror. */
  const there = new WeakMap<Budget, Set<number>>();
  const clioFailedAt = new Map<string, number>();

  function found(contacts: readonly Contact[], budget: Budget): void {
    const known = there.get(budget) ?? new Set();
    there.set(budget, known);
    for (const { id } of contacts) known.add(id);
  }

  function mirrorOf(firmId: string, budget: Budget): Promise<MirrorStanding | null> {
    const known = mirrors.get(budget);
    if (known) return known;
    const mirror = store.mirrors.standing(firmId).then((firm) => answeringMirror(firm, { form }, now()));
    mirrors.set(budget, mirror);
    return mirror;
  }

  /**
   * Answers from the mirror, if there is one and it knows; else from Clio.
   * @param onLive told what Clio knows beyond the mirror
   */
  async function answer<T>(
    firmId: string,
    budget: Budget,
    question: {
      ofMirror: (mirror: MirrorStanding) => Promise<MirrorsAnswer<T>>;
      ofClio: (budget: Budget) => Promise<T>;
      onLive: (answer: T) => Promise<void>;
    },
  ): Promise<T> {
    const mirror = await mirrorOf(firmId, budget);
    if (!mirror) return from("live", budget, await question.ofClio(budget));
    try {
      const { answer: known, knows } = await question.ofMirror(mirror);
      if (!knows) return await askClioAsWell(firmId, known, budget, question);
      return from(lagsBehind(mirror, now()) ? "mirror_without_clio" : "mirror", budget, known);
    } catch (error) {
      if (!(error instanceof SealError)) throw error;
      // Damaged rows, or another key under the same name: nobody can tell what else is wrong with it.
      await store.mirrors.giveUp(firmId);
      mirrors.delete(budget);
      keeper.look(firmId);
      return from("live", budget, await question.ofClio(budget));
    }
  }

  /** What Clio says of somebody the mirror does not know; the mirror's answer where Clio cannot be asked. */
  async function askClioAsWell<T>(
    firmId: string,
    known: T,
    budget: Budget,
    { ofClio, onLive }: { ofClio: (budget: Budget) => Promise<T>; onLive: (answer: T) => Promise<void> },
  ): Promise<T> {
    if (now() - (clioFailedAt.get(firmId) ?? 0) < PAUSE_AFTER_FAILURE)
      return from("mirror_without_clio", budget, known);
    // Half of what is left: what comes after has to be in time as well.
    const share = startBudget(budget.remaining() / 2, { leaves: LEFT_FOR_CHANGES, until: budget.signal });
    try {
      const found = await ofClio(share);
      await onLive(found);
      return from("live", budget, found);
    } catch (error) {
      if (!isClioAway(error)) throw error;
      if (!(error instanceof ClioRateLimited)) clioFailedAt.set(firmId, now());
      return from("mirror_without_clio", budget, known);
    } finally {
      budget.clioRequests += share.clioRequests;
      share.close();
    }
  }

  /** Has contacts that Clio knows, and their matters, read into the mirror; once in a request. */
  async function keep(firmId: string, contactIds: readonly number[], budget: Budget): Promise<void> {
    const known = kept.get(budget) ?? new Set();
    const unknown = contactIds.filter((id) => !known.has(id));
    kept.set(budget, new Set([...known, ...unknown]));
    if (unknown.length > 0) await keeper.note(firmId, "client", unknown);
  }

  return {
    contactsByNumber: (firmId, digits, budget) =>
      answer(firmId, budget, {
        async ofMirror(mirror) {
          const rows = await mirrorRecords.contactsFoundByEither(mirror.id, numberTerms(digits));
          const contacts = rows.map(({ contact }) => contact);
          found(contacts, budget);
          // Whoever the first term finds has the number; a number that only ends alike may be another one.
          const knows = rows.some(({ byFirst }) => byFirst) || someoneHas(digits, contacts, defaultCountry);
          return { answer: contacts, knows };
        },
        ofClio: (share) => live.contactsByNumber(firmId, digits, share),
        onLive: (contacts) => {
          const theirs = contacts.filter((contact) => someoneHas(digits, [contact], defaultCountry));
          return keep(firmId, idsOf(theirs), budget);
        },
      }),

    contactsByName: (firmId, name, budget) =>
      answer(firmId, budget, {
        async ofMirror(mirror) {
          const contacts = await mirrorRecords.contactsFoundBy(mirror.id, nameTerms(name));
          found(contacts, budget);
          return { answer: contacts, knows: contacts.some((contact) => isFullName(name, contact)) };
        },
        ofClio: (share) => live.contactsByName(firmId, name, share),
        onLive: (contacts) =>
          keep(firmId, idsOf(contacts.filter((contact) => isFullName(name, contact))), budget),
      }),

    mattersOf: (firmId, contactId, budget) =>
      answer(firmId, budget, {
        async ofMirror(mirror) {
          // A contact who is gone leaves matters behind, in Clio as well, which are nobody's then.
          const isThere =
            there.get(budget)?.has(contactId) || (await mirrorRecords.hasContact(mirror.id, contactId));
          if (!isThere) return { answer: [], knows: false };
          const matters = await mirrorRecords.mattersOf(mirror.id, contactId);
          if (matters.length === 0) return { answer: matters, knows: true };
          return { answer: withUsers(matters, await users.of(mirror)), knows: true };
        },
        ofClio: (share) => live.mattersOf(firmId, contactId, share),
        onLive: (matters) => keep(firmId, matters.length > 0 ? [contactId] : [], budget),
      }),
  };
}

function idsOf(contacts: readonly Contact[]): number[] {
  return contacts.map(({ id }) => id);
}

function from<T>(source: DirectorySource, budget: Budget, answer: T): T {
  budget.source = source;
  return answer;
}

function isClioAway(error: unknown): boolean {
  return error instanceof ClioError || error instanceof ClioTimeout || error instanceof ClioRateLimited;
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

/** The people on the matters as they are now: that a user's number or name changed does not show in the matter. */
function withUsers(matters: readonly Matter[], users: ReadonlyMap<number, StaffMember>): Matter[] {
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
