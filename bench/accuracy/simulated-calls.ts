import type { FirmContact } from "../../sandbox/firms/firm.ts";
import type { GeneratedFirm, GeneratedLine } from "../../sandbox/firms/generated-firm.ts";
import { personName } from "../../sandbox/firms/generated-names.ts";
import { type Random, seededRandom, shuffled } from "../../sandbox/firms/random.ts";
import type { GroundTruth } from "./ground-truth.ts";
import { spokenName } from "./spoken-name.ts";

/** What a lookup method may know about a call. */
export interface Call {
  readonly e164: string;
  readonly lastFour: string;
  /** What the caller says when asked for a name. */
  readonly name: string;
}

/** A call from a contact of the firm. */
export interface KnownCall extends Call {
  readonly contact: FirmContact;
  readonly typed: string;
  readonly misheard: boolean;
  /** The user who should take the call, by the contact's own matters; null for no one. */
  readonly ownPerson: number | null;
  /**
   * The user who should take the call, by the rules for shared numbers; null for no one. Undefined when the number isn't
   * shared, and when the rules leave it open.
   */
  readonly sharedNumberPerson: number | null | undefined;
  /** Whether no other contact has the number. */
  readonly isUnique: boolean;
  readonly typing: Typing;
}

/**
 * How the caller's number is typed in Clio:
 * - `complete`: so that it can be found and compared.
 * - `split`: with a gap in the last four digits (`555-21 71`), so that Clio's text search misses it.
 * - `short`: without its area code.
 * - `housemate`: complete, but split or short for another contact who shares the telephone.
 */
export type Typing = "complete" | "split" | "short" | "housemate";

/** Calls from random contacts, each from one of their numbers. */
export function knownCalls(
  generated: GeneratedFirm,
  truth: GroundTruth,
  count: number,
  seed: number,
): KnownCall[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => {
    const contact = random.pick(generated.firm.contacts);
    const line = random.pick(generated.lines.get(contact.id) ?? []);
    return knownCall(contact, line, { generated, truth, random });
  });
}

/** One call from each number whose last four digits are split in Clio, up to a maximum. */
export function splitNumberCalls(
  generated: GeneratedFirm,
  truth: GroundTruth,
  maxCalls: number,
  seed: number,
): KnownCall[] {
  const random = seededRandom(seed);
  const all = generated.firm.contacts.flatMap((contact) =>
    (generated.lines.get(contact.id) ?? []).flatMap((line) =>
      typingOf(line.typed, line.e164) === "split" ? [{ contact, line }] : [],
    ),
  );
  return shuffled(all, random)
    .slice(0, maxCalls)
    .map(({ contact, line }) => knownCall(contact, line, { generated, truth, random }));
}

function knownCall(
  contact: FirmContact,
  { e164, typed }: GeneratedLine,
  { generated, truth, random }: { generated: GeneratedFirm; truth: GroundTruth; random: Random },
): KnownCall {
  const { name, misheard } = spokenName(contact, random);
  const isUnique = truth.owners(e164).length === 1;
  return {
    e164,
    lastFour: e164.slice(-4),
    name,
    contact,
    typed,
    misheard,
    ownPerson: truth.ownPerson(contact),
    sharedNumberPerson: isUnique ? undefined : truth.sharedNumberPerson(e164),
    isUnique,
    typing:
      typingOf(typed, e164) ?? (isIncompleteForHousemate(e164, generated, truth) ? "housemate" : "complete"),
  };
}

/** Whether a number is typed so that it can be found and compared. */
export function isCompletelyTyped({ typed, e164 }: GeneratedLine): boolean {
  return typingOf(typed, e164) === null;
}

function typingOf(typed: string, e164: string): "split" | "short" | null {
  if (!typed.includes(e164.slice(-4))) return "split";
  return typed.replace(/\D/g, "").includes(e164.slice(2)) ? null : "short";
}

function isIncompleteForHousemate(e164: string, { lines }: GeneratedFirm, truth: GroundTruth): boolean {
  const shared = truth.owners(e164).flatMap(({ id }) => lines.get(id) ?? []);
  return shared.some((line) => line.e164 === e164 && typingOf(line.typed, e164) !== null);
}

/** Calls from numbers that no contact has, by people with common names. */
export function strangerCalls(generated: GeneratedFirm, count: number, seed: number): Call[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => {
    const e164 = generated.unusedNumber();
    return { e164, lastFour: e164.slice(-4), name: strangerName(random) };
  });
}

function strangerName(random: Random): string {
  const { first, last } = personName(random);
  return `${first} ${last}`;
}
