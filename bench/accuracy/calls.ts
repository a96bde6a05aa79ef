import type { FirmContact } from "../../sandbox/firms/firm.ts";
import type { GeneratedFirm, GeneratedLine } from "../../sandbox/firms/generated-firm.ts";
import { personName } from "../../sandbox/firms/generated-names.ts";
import { type Random, seededRandom, shuffled } from "../../sandbox/firms/random.ts";
import { spokenName } from "./spoken-name.ts";
import type { Truth } from "./truth.ts";

/** What every way of looking a caller up may be told. */
export interface Call {
  readonly e164: string;
  readonly lastFour: string;
  /** What the caller says when asked for a name. */
  readonly name: string;
}

/** A call from somebody in the firm's Clio. */
export interface KnownCall extends Call {
  readonly contact: FirmContact;
  readonly typed: string;
  readonly misheard: boolean;
  /** Who ought to take it, by the contact's own matters: a user's id, null for nobody. */
  readonly own: number | null;
  /** Undefined where the number is the contact's alone, and where the rules of a shared one leave it open. */
  readonly sharedLine: number | null | undefined;
  /** Nobody else in Clio has the number. */
  readonly alone: boolean;
  readonly typing: Typing;
}

/**
 * How the caller's number stands in Clio:
 * - `complete`: so that it can be found and compared.
 * - `split`: its last four digits do not stand together (`555-21 71`): Clio's text search does not find it.
 * - `short`: without its area code.
 * - `housemate`: complete, but somebody who shares the telephone has it split or short.
 */
export type Typing = "complete" | "split" | "short" | "housemate";

/** Calls from random contacts, each from one of its numbers. */
export function knownCalls(invented: GeneratedFirm, truth: Truth, count: number, seed: number): KnownCall[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => {
    const contact = random.pick(invented.firm.contacts);
    const line = random.pick(invented.lines.get(contact.id) ?? []);
    return knownCall(contact, line, { invented, truth, random });
  });
}

/** Calls from numbers whose last four digits are typed apart in Clio: one from each, at most so many. */
export function splitNumbersCalls(
  invented: GeneratedFirm,
  truth: Truth,
  atMost: number,
  seed: number,
): KnownCall[] {
  const random = seededRandom(seed);
  const all = invented.firm.contacts.flatMap((contact) =>
    (invented.lines.get(contact.id) ?? []).flatMap((line) =>
      howTyped(line.typed, line.e164) === "split" ? [{ contact, line }] : [],
    ),
  );
  return shuffled(all, random)
    .slice(0, atMost)
    .map(({ contact, line }) => knownCall(contact, line, { invented, truth, random }));
}

function knownCall(
  contact: FirmContact,
  { e164, typed }: GeneratedLine,
  { invented, truth, random }: { invented: GeneratedFirm; truth: Truth; random: Random },
): KnownCall {
  const { name, misheard } = spokenName(contact, random);
  const alone = truth.owners(e164).length === 1;
  return {
    e164,
    lastFour: e164.slice(-4),
    name,
    contact,
    typed,
    misheard,
    own: truth.own(contact),
    sharedLine: alone ? undefined : truth.ofSharedLine(e164),
    alone,
    typing: howTyped(typed, e164) ?? (housematesTyping(e164, invented, truth) ? "housemate" : "complete"),
  };
}

function howTyped(typed: string, e164: string): "split" | "short" | null {
  if (!typed.includes(e164.slice(-4))) return "split";
  return typed.replace(/\D/g, "").includes(e164.slice(2)) ? null : "short";
}

function housematesTyping(e164: string, { lines }: GeneratedFirm, truth: Truth): boolean {
  const shared = truth.owners(e164).flatMap(({ id }) => lines.get(id) ?? []);
  return shared.some((line) => line.e164 === e164 && howTyped(line.typed, e164) !== null);
}

/** Calls from numbers that nobody in Clio has, by people with names as common as everybody's. */
export function strangersCalls(invented: GeneratedFirm, count: number, seed: number): Call[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => {
    const e164 = invented.unusedNumber();
    return { e164, lastFour: e164.slice(-4), name: strangersName(random) };
  });
}

function strangersName(random: Random): string {
  const { first, last } = personName(random);
  return `${first} ${last}`;
}
