import parsePhoneNumber from "libphonenumber-js";
import { type CountryCode, formatPhoneNumber } from "../matching/phone-number.ts";
import { spokenWords } from "../matching/spoken-words.ts";
import type { NamedStaffMember } from "../matching/who-takes-the-call.ts";
import { nameInSentence } from "../name-in-sentence.ts";

/** Something that keeps a rule from working, or may. */
export type RuleProblem = "no_number" | "invalid_number" | "extension" | "duplicate_name";

/**
 * A transfer rule for one person, to be typed into Upfirst by hand (docs/explanation/how-upfirst-behaves.md). The
 * fields are in the order of Upfirst's form.
 */
export interface TransferRule {
  readonly name: string;
  readonly whenToTransfer: string;
  readonly messageBeforeTransfer: string;
  /** E.164; as typed in Clio if it can't be parsed; null if there is none. */
  readonly destination: string | null;
  /** `destination` formatted for reading. */
  readonly formattedDestination: string | null;
  readonly extension: string | null;
  readonly transferType: "warm";
  readonly callerIdDisplay: string;
  readonly ifUnavailable: string;
  readonly timeRestrictions: string;
  readonly problems: readonly RuleProblem[];
}

/** What each problem means for the firm. All of them are fixed in the user's profile in Clio. */
export const RULE_PROBLEMS: Record<RuleProblem, (name: string) => string> = {
  no_number: (name) => `${name} has no phone number in Clio, so calls can't be transferred.`,
  invalid_number: (name) => `The phone number of ${name} in Clio can't be dialed.`,
  extension: (name) =>
    `The phone number of ${name} has an extension, which a transfer can't dial. Enter a direct number instead.`,
  duplicate_name: (name) =>
    `Another person at the firm is also called ${name}. Upfirst tells rules apart by name, so calls for one may reach the other.`,
};

/**
 * The rule for one person.
 * @param people everyone at the firm who can take calls; it doesn't matter whether the person is among them
 * @param country for phone numbers typed without a country code
 */
export function buildTransferRule(
  person: NamedStaffMember,
  people: readonly { readonly id: number; readonly name: string | null }[],
  country: CountryCode,
): TransferRule {
  // Clio's names may contain line breaks; the fields in Upfirst's form have one line.
  const name = person.name.replace(/[\s\p{C}]+/gu, " ").trim();
  const spokenName = nameInSentence(person.name);
  const { phoneNumber, extension } = formatPhoneNumber(person.phoneNumber, country);
  const parsed = phoneNumber?.startsWith("+") ? parsePhoneNumber(phoneNumber) : undefined;
  const namesakes = people.filter((other) => other.id !== person.id && isSameName(other.name, name));
  const problems: [RuleProblem, boolean][] = [
    ["no_number", phoneNumber === null],
    ["invalid_number", phoneNumber !== null && parsed === undefined],
    ["extension", extension !== null],
    ["duplicate_name", namesakes.length > 0],
  ];
  return {
    name,
    whenToTransfer: `Transfer the call in the following scenarios: After finding a caller's responsible staff in Clio and ${spokenName === null ? "transfer_to is the name of this rule" : `their responsible staff is ${spokenName}`}.`,
    messageBeforeTransfer: `One moment, please. I'm connecting you${spokenName === null ? " now" : ` with ${spokenName}`}.`,
    destination: phoneNumber,
    formattedDestination:
      parsed === undefined
        ? phoneNumber
        : parsed.country === country
          ? parsed.formatNational()
          : parsed.formatInternational(),
    extension,
    transferType: "warm",
    callerIdDisplay: "The caller's number",
    ifUnavailable: "Take a message",
    timeRestrictions: "None, or your office hours",
    problems: problems.flatMap(([problem, applies]) => (applies ? [problem] : [])),
  };
}

function isSameName(one: string | null, other: string): boolean {
  return one !== null && spokenWords(one).join(" ") === spokenWords(other).join(" ");
}
