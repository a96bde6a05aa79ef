import parsePhoneNumber from "libphonenumber-js";
import { type CountryCode, formatPhoneNumber } from "../matching/phone-number.ts";
import { spokenWords } from "../matching/spoken-words.ts";
import type { NamedStaffMember } from "../matching/who-takes-the-call.ts";

/** Something that keeps a rule from working, or may. */
export type RuleProblem = "no_number" | "odd_number" | "extension" | "same_name";

/**
 * A transfer rule as it is typed by hand into Upfirst, one for each person (upfirst-facts). Fields in the order of
 * Upfirst's form.
 */
export interface TransferRule {
  readonly name: string;
  readonly whenToTransfer: string;
  readonly messageBeforeTransfer: string;
  /** E.164; as typed in Clio where it cannot be parsed; null where there is none. */
  readonly destination: string | null;
  /** The same as people write it. */
  readonly destinationShown: string | null;
  readonly extension: string | null;
  readonly transferType: "warm";
  readonly callerIdDisplay: string;
  readonly ifUnavailable: string;
  readonly timeRestrictions: string;
  readonly problems: readonly RuleProblem[];
}

/** What each problem means for the firm; each is mended at the user in Clio. */
export const RULE_PROBLEMS: Record<RuleProblem, (name: string) => string> = {
  no_number: (name) => `${name} has no phone number in Clio, so there is nowhere to transfer to.`,
  odd_number: (name) => `The phone number of ${name} in Clio is not one that can be dialled.`,
  extension: (name) =>
    `The number of ${name} has an extension, which a transfer cannot dial. A direct number would reach them.`,
  same_name: (name) =>
    `Another person at the firm is called ${name} too. The rule goes by the name, so callers of the one may reach the other.`,
};

/**
 * The rule for one person.
 * @param names of everybody at the firm who can take calls, this person among them or not
 */
export function transferRule(
  person: NamedStaffMember,
  others: readonly { readonly id: number; readonly name: string | null }[],
  country: CountryCode,
): TransferRule {
  // A name is one line of a form, however it was typed in Clio.
  const name = person.name.replace(/[\s\p{C}]+/gu, " ").trim();
  const { phoneNumber, extension } = formatPhoneNumber(person.phoneNumber, country);
  const parsed = phoneNumber?.startsWith("+") ? parsePhoneNumber(phoneNumber) : undefined;
  const namesakes = others.filter((other) => other.id !== person.id && sameName(other.name, name));
  const problems: [RuleProblem, boolean][] = [
    ["no_number", phoneNumber === null],
    ["odd_number", phoneNumber !== null && parsed === undefined],
    ["extension", extension !== null],
    ["same_name", namesakes.length > 0],
  ];
  return {
    name,
    whenToTransfer: `Transfer the call in the following scenarios: After finding a caller's responsible staff in Clio and their responsible staff is ${name}.`,
    messageBeforeTransfer: `One moment please, I am connecting you with ${name}.`,
    destination: phoneNumber,
    destinationShown:
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
    problems: problems.flatMap(([problem, holds]) => (holds ? [problem] : [])),
  };
}

function sameName(one: string | null, other: string): boolean {
  return one !== null && spokenWords(one).join(" ") === spokenWords(other).join(" ");
}
