/**
 * The `message` of every answer: one or more plain sentences that tell the receptionist, a language model, what to do
 * next (docs/reference/endpoints.md). The receptionist may read them aloud to the caller, so they name only the person
 * to transfer to and, with `GREET_BY_NAME`, the matched caller. A text from Clio that may not be a name is left out.
 */

import type { CallRules } from "./call-rules.ts";
import type { StaffedMatter } from "./matching/who-takes-the-call.ts";
import { isLive, type Matter, relationOf } from "./matter.ts";
import { nameInSentence } from "./name-in-sentence.ts";

const TAKE_A_MESSAGE = "Take a message with the caller's name, phone number and reason for calling.";

// The caller can't be identified: /lookup-contact and /route-call

export type UnknownCaller =
  /** `nameWasGiven`: the request had a name, which didn't identify one contact. */
  | { readonly outcome: "several"; readonly nameWasGiven: boolean }
  | { readonly outcome: "other_name" }
  /** `mayAskName`: `ROUTE_BY_NAME` is on, and the request had no name. */
  | { readonly outcome: "none"; readonly mayAskName: boolean }
  | { readonly outcome: "withheld"; readonly mayAskName: boolean };

export function unknownCallerMessage(result: UnknownCaller): string {
  switch (result.outcome) {
    case "several":
      return result.nameWasGiven ? NAME_NOT_ENOUGH : SEVERAL_CONTACTS;
    case "other_name":
      return OTHER_NAME;
    case "none":
      return result.mayAskName
        ? `No contact in Clio has this number. ${ASK_FULL_NAME}`
        : `The caller could not be identified in Clio. Do not guess who is calling. ${TAKE_A_MESSAGE}`;
    case "withheld":
      return result.mayAskName
        ? `The caller's number is withheld. ${ASK_FULL_NAME}`
        : `The caller's number is withheld, so the caller cannot be looked up. ${TAKE_A_MESSAGE}`;
  }
}

/**
 * Why the caller can't be identified, and whether asking for a name may help.
 * @param name the name in the request, or null
 */
export function unknownCaller(
  outcome: UnknownCaller["outcome"],
  name: string | null,
  { routeByName }: Pick<CallRules, "routeByName">,
): UnknownCaller {
  return { outcome, nameWasGiven: name !== null, mayAskName: routeByName && name === null };
}

// /lookup-contact

/** @param callerFirstName null unless `GREET_BY_NAME` is on */
export function contactFoundMessage(callerFirstName: string | null): string {
  return `The caller is in Clio. Pass data.id as clio_contact_id to find the responsible staff.${greeting(callerFirstName)}`;
}

// /responsible-staff and /route-call: a matter was chosen

export type TransferOutcome =
  | ({ readonly outcome: "found"; readonly transferTo: string; readonly away: string | null } & ChosenMatter)
  /** The person responsible is away, and no one takes the call instead. */
  | ({ readonly outcome: "away"; readonly away: string } & ChosenMatter);

interface ChosenMatter {
  readonly ambiguous: boolean;
  /** The matter is neither open nor pending. */
  readonly closed: boolean;
  /** The caller stands on the matter without being its client. */
  readonly related: boolean;
}

/** @param matter null if several contacts share the number, so that none of their matters may be mentioned */
export function transferOutcome(
  { matter, person, away }: Pick<StaffedMatter, "person" | "away"> & { readonly matter: Matter | null },
  ambiguous: boolean,
): TransferOutcome {
  const chosen = {
    ambiguous,
    closed: matter !== null && !isLive(matter),
    related: matter !== null && relationOf(matter) !== null,
  };
  if (person)
    return { outcome: "found", transferTo: person.name, away: away?.person.name ?? null, ...chosen };
  return { outcome: "away", away: away?.person.name ?? "", ...chosen };
}

// /responsible-staff

export type ResponsibleStaffOutcome =
  /** `requestedMatterFound` as in `whichMatter`: false if no matter fits the caller's words, null if there were none. */
  | (TransferOutcome & { readonly requestedMatterFound: boolean | null })
  /** The contact has no matters, or doesn't exist. */
  | { readonly outcome: "no_matters" }
  /** No one on the matters can take a call. `requestedMatterFound`: these are the matters the caller named. */
  | { readonly outcome: "nobody"; readonly requestedMatterFound: boolean | null };

export function responsibleStaffMessage(result: ResponsibleStaffOutcome): string {
  switch (result.outcome) {
    case "found":
      return `${ignoredMatter(result.requestedMatterFound)}${transferOrAsk(result, (person, theirs) => `Transfer to ${person} when the caller asks for ${theirs} attorney or case manager.`)}`;
    case "away":
      return `${ignoredMatter(result.requestedMatterFound)}${takeMessageOrAsk(result)}`;
    case "no_matters":
      return `This contact has no matters in Clio, so there is no one to transfer to. ${TAKE_A_MESSAGE}`;
    case "nobody":
      return `${ignoredMatter(result.requestedMatterFound)}${noOneAvailable(result.requestedMatterFound)}`;
  }
}

// /route-call

export type RouteCallOutcome = (
  | TransferOutcome
  /** One contact, but no one to transfer to. */
  | { readonly outcome: "nobody" }
) & {
  readonly requestedMatterFound: boolean | null;
  readonly callerFirstName: string | null;
};

export function routeCallMessage(result: RouteCallOutcome): string {
  const ignored = ignoredMatter(result.requestedMatterFound);
  const greet = greeting(result.callerFirstName);
  switch (result.outcome) {
    case "found":
      return `${ignored}${transferOrAsk(result, (person, theirs) => `If the caller asks for ${theirs} attorney or case manager, transfer to ${person}.`)}${greet}`;
    case "away":
      return `${ignored}${takeMessageOrAsk(result)}${greet}`;
    case "nobody":
      return `${ignored}${noOneAvailable(result.requestedMatterFound)}${greet}`;
  }
}

// Shared sentences

const ASK_FULL_NAME =
  "Ask for the caller's full name (first and last) and run the action again with it as name. If that finds no one, take a message.";

const SEVERAL_CONTACTS = `More than one contact in Clio matches this number. Do not guess who is calling. ${ASK_FULL_NAME}`;

const NAME_NOT_ENOUGH =
  "The name does not identify the caller. If it was not a full name, ask for the first and last name and run the action again with both as name. Otherwise, do not guess who is calling; take a message.";

const OTHER_NAME =
  "No contact in Clio has both this number and this name. Ask the caller to repeat their full name or to name the company they call for, and run the action again with the answer as name. If that finds no one, take a message.";

function ignoredMatter(requestedMatterFound: boolean | null): string {
  return requestedMatterFound === false
    ? "The matter value matches none of the caller's matters and was ignored. "
    : "";
}

function transferOrAsk(
  result: Extract<TransferOutcome, { outcome: "found" }>,
  transfer: (person: string, theirs: "their" | "the") => string,
): string {
  const person = nameInSentence(result.transferTo) ?? "the person named in transfer_to";
  const { ambiguous, away, related } = result;
  if (!ambiguous) {
    const unavailable = away === null ? "" : isNotAvailable(away);
    return `${noLongerOpen(result)}${unavailable}${transfer(person, related ? "the" : "their")}`;
  }
  if (away === null)
    return `Different people handle ${related ? "these" : "the caller's"} matters. ${ASK_WHICH_MATTER} transfer to ${person}.`;
  return `${ASK_WHICH_MATTER} transfer to ${person}, because ${nameOfAway(away)} is not available.`;
}

function takeMessageOrAsk(result: Extract<TransferOutcome, { outcome: "away" }>): string {
  const { ambiguous, away } = result;
  const takeMessage = `ake a message for ${nameOfAway(away)}`;
  if (ambiguous) return `${ASK_WHICH_MATTER} t${takeMessage}, who is not available.`;
  return `${noLongerOpen(result)}${isNotAvailable(away)}Do not transfer the call. T${takeMessage} with the caller's name, phone number and reason for calling.`;
}

const ASK_WHICH_MATTER =
  "Ask which matter the call is about and run the action again with the answer as matter. If the caller cannot say,";

/** Says neither why the person is away nor until when: the receptionist may read it to anyone. */
function isNotAvailable(name: string): string {
  return `${nameInSentence(name) ?? "The person named in away"} is not available. `;
}

function nameOfAway(name: string): string {
  return nameInSentence(name) ?? "the person named in away";
}

function noLongerOpen({ closed, related }: ChosenMatter): string {
  return closed ? `${related ? "The" : "The caller's"} matter is no longer open. ` : "";
}

function noOneAvailable(requestedMatterFound: boolean | null): string {
  return requestedMatterFound
    ? `No one on the matter the caller asked about can take the call. Do not transfer to anyone else. ${TAKE_A_MESSAGE}`
    : `There is no one to transfer this caller to. ${TAKE_A_MESSAGE}`;
}

function greeting(callerFirstName: string | null): string {
  const name = nameInSentence(callerFirstName);
  return name === null ? "" : ` You may greet the caller as ${name}.`;
}

// Errors

/** One for each `code` in docs/reference/errors.md. */
export const PROBLEM_MESSAGES = {
  invalid_request:
    "A value in the action is missing or cannot be read. Correct it as the detail field says and run the action once more. If that fails, take a message.",
  unauthorized: "The action is not set up correctly, so the caller cannot be looked up. Take a message.",
  forbidden: "This is not allowed, so the caller cannot be looked up. Take a message.",
  not_found: "This address does not exist, so the caller cannot be looked up. Take a message.",
  method_not_allowed:
    "The action is not set up correctly, so the caller cannot be looked up. Take a message.",
  firm_ambiguous:
    "The action's key does not belong to a single firm, so the caller cannot be looked up. Take a message.",
  too_large: "The report is too large. Shorten it as the detail field says, and send it again.",
  too_many_requests: "The caller cannot be looked up right now. Do not run the action again. Take a message.",
  clio_error: "Clio cannot be reached right now. Do not guess who is calling. Take a message.",
  clio_not_connected:
    "The firm's Clio is not connected, so the caller cannot be looked up. Do not guess who is calling. Take a message.",
  clio_permission:
    "Clio does not allow this lookup, so the caller cannot be looked up. Do not guess who is calling. Take a message.",
  clio_rate_limited: "Clio's request limit is reached. Do not guess who is calling. Take a message.",
  clio_timeout: "Clio did not answer in time. Do not guess who is calling. Take a message.",
  internal_error: "Something went wrong on our side. Do not guess who is calling. Take a message.",
} as const satisfies Record<string, string>;

export type ProblemCode = keyof typeof PROBLEM_MESSAGES;
