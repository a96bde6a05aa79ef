import type { Matter, MatterStatus, StaffMember, StaffRole } from "../matter.ts";
import { spokenWords } from "./spoken-words.ts";

/** Somebody whom the receptionist can announce. */
export type NamedStaffMember = StaffMember & { readonly name: string };

/** A matter and the person who takes the call for it. */
export interface AnsweredMatter {
  readonly matter: Matter;
  readonly person: NamedStaffMember;
  readonly role: StaffRole;
}

/** A matter as the receptionist gets it in `matters`. */
export interface ListedMatter {
  readonly matter: Matter;
  /** Who would take the call; null when nobody on it can. */
  readonly person: NamedStaffMember | null;
}

export interface WhichMatter {
  /** Every matter, the likeliest first. */
  readonly ordered: readonly Matter[];
  readonly chosen: AnsweredMatter | null;
  /** Live matters lead to different people: `chosen` is the best guess, and the receptionist asks. */
  readonly ambiguous: boolean;
  /** The live ones, or the others when none is live; at most ten. */
  readonly listed: readonly ListedMatter[];
  /** Whether a matter fits what the caller asked for; null when nothing was asked for. */
  readonly askedFits: boolean | null;
}

/** Enough to ask "which matter is it?", and not more than can be read aloud (contract, `/responsible-staff`). */
const MAX_LISTED = 10;

/** Live before closed; a matter whose status Clio hides comes last. */
const STATUS_ORDER: readonly (MatterStatus | null)[] = ["Open", "Pending", "Closed", null];

/**
 * Which of a client's matters the call is about, and who takes it (contract, `/responsible-staff`).
 *
 * What the caller asked for narrows the choice. When nobody on the matters that fit can take the call, nobody is
 * chosen: the person of another matter is not who was asked for. What fits nothing is left aside.
 */
export function whichMatter(
  matters: readonly Matter[],
  staffRoles: readonly StaffRole[],
  asked: string | null,
): WhichMatter {
  const ordered = matters.toSorted(likeliestFirst);
  const fitting = asked === null ? null : mattersAskedFor(ordered, asked);
  const askedFits = fitting === null ? null : fitting.length > 0;
  const eligible = fitting !== null && fitting.length > 0 ? fitting : ordered;

  const answered = eligible.flatMap((matter) => whoAnswers(matter, staffRoles) ?? []);
  const people = new Set(answered.filter(({ matter }) => isLive(matter)).map(({ person }) => person.id));
  const live = ordered.filter(isLive);
  return {
    ordered,
    chosen: answered[0] ?? null,
    ambiguous: people.size > 1,
    listed: (live.length > 0 ? live : ordered).slice(0, MAX_LISTED).map((matter) => ({
      matter,
      person: whoAnswers(matter, staffRoles)?.person ?? null,
    })),
    askedFits,
  };
}

/** Live is open or pending (contract). */
export function isLive(matter: Matter): boolean {
  return matter.status === "Open" || matter.status === "Pending";
}

/**
 * The first role with a user who can take a call: not disabled in Clio, and with a name, as nobody can be announced
 * without one. Where Clio does not say whether a user is enabled, the user is.
 */
export function whoAnswers(matter: Matter, staffRoles: readonly StaffRole[]): AnsweredMatter | null {
  for (const role of staffRoles) {
    const person = matter.staff[role];
    if (person && person.enabled !== false && hasName(person)) return { matter, person, role };
  }
  return null;
}

function hasName(person: StaffMember): person is NamedStaffMember {
  return person.name !== null && person.name.trim() !== "";
}

/** Open, pending, closed; then the latest activity, the latest change, the higher id (contract). */
function likeliestFirst(one: Matter, other: Matter): number {
  return (
    STATUS_ORDER.indexOf(one.status) - STATUS_ORDER.indexOf(other.status) ||
    latestFirst(one.lastActivityDate, other.lastActivityDate) ||
    latestFirst(one.updatedAt, other.updatedAt) ||
    other.id - one.id
  );
}

function latestFirst(one: string | null, other: string | null): number {
  const [a, b] = [instant(one), instant(other)];
  return a === b ? 0 : b - a;
}

/** Long ago for a date that is missing or no date. Clio writes times with the offset of the firm's zone. */
function instant(date: string | null): number {
  const time = Date.parse(date ?? "");
  return Number.isNaN(time) ? Number.MIN_SAFE_INTEGER : time;
}

/** Words around what is asked for: "it's about my case number 42, Doe v. Acme". */
const FILLERS = new Set(
  `a an the my our your his her their its it is im i am me of for on in to with at from and or v vs versus about
  regarding re concerning calling call case matter file number no num one ones thing stuff please legal that this
  think believe was`.split(/\s+/),
);

/** The matters that fit what was asked for, in their order; null when nothing but fillers was said. */
function mattersAskedFor(matters: readonly Matter[], asked: string): Matter[] | null {
  const words = contentWords(asked);
  if (words.length === 0) return null;
  const numbers = words.filter(isNumber);
  const exactly = matters.filter(({ displayNumber }) => displayNumber && sameNumber(displayNumber, asked));
  if (exactly.length > 0) return exactly;

  const byNumber = matters.filter(({ displayNumber }) => {
    const known = wordsOf(displayNumber).filter(isNumber);
    return numbers.length > 0 && numbers.every((number) => known.includes(number));
  });
  // A number alone is a matter's number before it is a word of a description ("Unit 42").
  if (numbers.length === words.length && byNumber.length > 0) return byNumber;

  const shared = matters.map((matter) => {
    const known = new Set([...wordsOf(matter.displayNumber), ...wordsOf(matter.description)]);
    return { matter, count: words.filter((word) => known.has(word)).length };
  });
  const most = Math.max(0, ...shared.map(({ count }) => count));
  const fitBest = shared.filter(({ count }) => count === most).map(({ matter }) => matter);
  if (most === words.length) return fitBest;
  if (byNumber.length > 0) return byNumber;
  return most > 0 && most * 2 >= words.length ? fitBest : [];
}

/** The whole display number: `00042-Doe`, "42 doe", "00042Doe". */
function sameNumber(displayNumber: string, asked: string): boolean {
  const key = wordsOf(displayNumber).join("");
  return key !== "" && (key === wordsOf(asked).join("") || key === contentWords(asked).join(""));
}

function contentWords(asked: string): string[] {
  const words = spokenWords(asked).filter((word) => !FILLERS.has(word));
  return [...new Set(words.flatMap(plainWord).filter((word) => !FILLERS.has(word)))];
}

function wordsOf(text: string | null): string[] {
  return spokenWords(text ?? "").flatMap(plainWord);
}

/** `00042doe` as 42 and doe; numbers without leading zeros, words without the s of a plural. */
function plainWord(word: string): string[] {
  return (word.match(/\d+|[^\d]+/g) ?? []).map((part) => {
    if (isNumber(part)) return part.replace(/^0+(?=\d)/, "");
    return part.length > 3 && /[^s]s$/.test(part) ? part.slice(0, -1) : part;
  });
}

function isNumber(word: string): boolean {
  return /^\d+$/.test(word);
}
