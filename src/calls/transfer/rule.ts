import type { CountryCode } from "../matching/phone-number.ts";
import type { NamedStaffMember } from "../matching/who-takes-the-call.ts";
import { nameInSentence } from "../name-in-sentence.ts";
import { type DialingProblem, type TransferDestination, transferDestination } from "./destination.ts";

/** Something that keeps a rule from working, or may. */
export type RuleProblem = DialingProblem | "duplicate_name";

/**
 * A transfer rule for one person, to be typed into Upfirst by hand (docs/explanation/how-upfirst-behaves.md). The
 * fields are in the order of Upfirst's form.
 */
export interface TransferRule extends TransferDestination {
  readonly name: string;
  readonly whenToTransfer: string;
  readonly messageBeforeTransfer: string;
  readonly transferType: "warm";
  readonly callerIdDisplay: string;
  readonly ifUnavailable: string;
  readonly timeRestrictions: string;
  readonly problems: readonly RuleProblem[];
}

/** What each problem means for the firm. All of them are fixed in the user's profile in Clio. */
export const RULE_PROBLEMS: Record<RuleProblem, (name: string) => string> = {
  no_number: (name) => `${name} has no phone number in Clio, so calls can't be transferred.`,
  invalid_number: (name) =>
    `The phone number of ${name} in Clio can't be dialed, so calls can't be transferred.`,
  extension: (name) =>
    `The phone number of ${name} has an extension. Upfirst dials the number without it, so calls reach the main line and have to be put through from there. Enter a direct number instead, if there is one.`,
  duplicate_name: (name) =>
    `Another person at the firm is also called ${name}. Upfirst tells rules apart by name, so calls for one may reach the other.`,
};

/**
 * The rule for one person.
 * @param hasNamesake whether another person at the firm has the same name (`namesakesAmong`)
 * @param country for phone numbers typed without a country code
 */
export function buildTransferRule(
  person: NamedStaffMember,
  hasNamesake: (person: NamedStaffMember) => boolean,
  country: CountryCode,
): TransferRule {
  // Clio's names may contain line breaks; the fields in Upfirst's form have one line.
  const name = person.name.replace(/[\s\p{C}]+/gu, " ").trim();
  const spokenName = nameInSentence(person.name);
  const destination = transferDestination(person.phoneNumber, country);
  const { dialingProblem } = destination;
  return {
    name,
    whenToTransfer: `Transfer the call in the following scenarios: After finding a caller's responsible staff in Clio and ${spokenName === null ? "transfer_to is the name of this rule" : `their responsible staff is ${spokenName}`}.`,
    messageBeforeTransfer: `One moment, please. I'm connecting you${spokenName === null ? " now" : ` with ${spokenName}`}.`,
    ...destination,
    transferType: "warm",
    callerIdDisplay: "The caller's number",
    ifUnavailable: "Take a message",
    timeRestrictions: "None, or your office hours",
    problems: [
      ...(dialingProblem === null ? [] : [dialingProblem]),
      ...(hasNamesake(person) ? (["duplicate_name"] as const) : []),
    ],
  };
}
