/**
 * What is said to the receptionist, a language model, after every request: one or two plain sentences on what to
 * do next (contract, `message`). What it reads it may say aloud to whoever is calling, so that nothing here names
 * anybody but the person to transfer to, and the matched caller where the firm wants it (`GREET_BY_NAME`).
 */

import type { CallRules } from "./call-rules.ts";

const TAKE_A_MESSAGE = "Take a message with their name, phone number and reason for calling.";

// Nobody can be named: the same for /lookup-contact and /route-call

export type UnknownCaller =
  /** `nameWasGiven`: a name was in the request and did not settle it. */
  | { readonly outcome: "several"; readonly nameWasGiven: boolean }
  | { readonly outcome: "other_name" }
  /** `mayAskName`: with `ROUTE_BY_NAME`, and no name in the request yet. */
  | { readonly outcome: "none"; readonly mayAskName: boolean }
  | { readonly outcome: "withheld"; readonly mayAskName: boolean };

/** What to do when the caller cannot be named. */
export function unknownCallerMessage(result: UnknownCaller): string {
  switch (result.outcome) {
    case "several":
      return askFullName(result.nameWasGiven);
    case "other_name":
      return OTHER_NAME;
    case "none":
      return result.mayAskName
        ? `No contact in Clio has this number. ${ASK_FULL_NAME}`
        : `No single contact in Clio fits this caller. Do not guess who the caller is. ${TAKE_A_MESSAGE}`;
    case "withheld":
      return result.mayAskName
        ? `The caller's number is withheld. ${ASK_FULL_NAME}`
        : `The caller's number is withheld, so they cannot be looked up. ${TAKE_A_MESSAGE}`;
  }
}

/**
 * Why the caller cannot be named.
 * @param name what the caller said when asked
 */
export function unknownCaller(
  outcome: UnknownCaller["outcome"],
  name: string | null,
  { routeByName }: Pick<CallRules, "routeByName">,
): UnknownCaller {
  return { outcome, nameWasGiven: name !== null, mayAskName: routeByName && name === null };
}

// /lookup-contact

/** @param callerFirstName with `GREET_BY_NAME`, else null */
export function contactFoundMessage(callerFirstName: string | null): string {
  return `The caller is in Clio. Pass data.id as clio_contact_id to find the responsible staff.${greeting(callerFirstName)}`;
}

// /responsible-staff

export type ResponsibleStaffOutcome =
  | {
      readonly outcome: "found";
      readonly transferTo: string;
      readonly ambiguous: boolean;
      /** `askedFits` of `whichMatter`: false when what the caller asked for fits no matter and was left aside. */
      readonly askedFits: boolean | null;
      /** The person answers for a matter that is neither open nor pending. */
      readonly closed: boolean;
    }
  /** The contact has no matters, or there is no such contact. */
  | { readonly outcome: "no_matters" }
  /** Nobody on any of the matters can take a call; `askedFits`: the caller asked for these matters in particular. */
  | { readonly outcome: "nobody"; readonly askedFits: boolean | null };

export function responsibleStaffMessage(result: ResponsibleStaffOutcome): string {
  switch (result.outcome) {
    case "found":
      return `${leftAside(result.askedFits)}${transferOrAsk(result, (person) => `Transfer to ${person} when the caller asks for their attorney or case manager.`)}`;
    case "no_matters":
      return `This contact has no matters in Clio, so there is nobody to transfer to. ${TAKE_A_MESSAGE}`;
    case "nobody":
      return `${leftAside(result.askedFits)}${nobodyOn(result.askedFits)}`;
  }
}

// /route-call

export type RouteCallOutcome =
  | {
      readonly outcome: "found";
      readonly transferTo: string;
      readonly ambiguous: boolean;
      readonly askedFits: boolean | null;
      readonly closed: boolean;
      readonly callerFirstName: string | null;
    }
  /** One contact, and nobody to transfer to. */
  | {
      readonly outcome: "nobody";
      readonly askedFits: boolean | null;
      readonly callerFirstName: string | null;
    };

export function routeCallMessage(result: RouteCallOutcome): string {
  switch (result.outcome) {
    case "found":
      return `${leftAside(result.askedFits)}${transferOrAsk(result, (person) => `If the caller asks for their attorney or case manager, transfer to ${person}.`)}${greeting(result.callerFirstName)}`;
    case "nobody":
      return `${leftAside(result.askedFits)}${nobodyOn(result.askedFits)}${greeting(result.callerFirstName)}`;
  }
}

// What several of them say

const ASK_FULL_NAME =
  "Ask for the caller's full name, first and last, and run the action again with it as name; if nobody is found then, take a message.";

const OTHER_NAME = `No contact in Clio fits both this number and this name. Ask the caller for their full name once more, or the company they call for, and run the action again; if nobody is found then, take a message.`;

function askFullName(nameWasGiven: boolean): string {
  return nameWasGiven
    ? `The name does not settle who is calling. If it was not the full name, ask for first and last name and run the action again; otherwise do not guess and take a message.`
    : `More than one contact in Clio fits this number. Do not guess who is calling. ${ASK_FULL_NAME}`;
}

function leftAside(askedFits: boolean | null): string {
  return askedFits === false ? "No matter fits what the caller asked for, so that was left aside. " : "";
}

/** Several people may be meant: ask, and fall back on the best guess that stands in `data`. */
function transferOrAsk(
  { transferTo, ambiguous, closed }: { transferTo: string; ambiguous: boolean; closed: boolean },
  transfer: (person: string) => string,
): string {
  const person = oneLine(transferTo);
  if (ambiguous) {
    return `Different people answer for the caller's matters. Ask which matter the call is about and run the action again with the answer as matter; if the caller cannot say, transfer to ${person}.`;
  }
  return `${closed ? "The caller's matter is no longer open. " : ""}${transfer(person)}`;
}

function nobodyOn(askedFits: boolean | null): string {
  return askedFits
    ? `Nobody on the matter the caller asked for can take the call. Do not transfer to anybody else. ${TAKE_A_MESSAGE}`
    : `Nobody is there to transfer this caller to. ${TAKE_A_MESSAGE}`;
}

function greeting(callerFirstName: string | null): string {
  const name = oneLine(callerFirstName ?? "");
  return name === "" ? "" : ` You may greet the caller as ${name}.`;
}

/** A name typed in Clio, kept from breaking the sentence it stands in. */
function oneLine(name: string): string {
  return name.replace(/[\s\p{C}]+/gu, " ").trim();
}

// Errors

/** One for each `code` of the contract's error table, and `forbidden` for the pages' 403. */
export const PROBLEM_MESSAGES = {
  invalid_request:
    "The action was run with a value that is missing or cannot be read. Correct it as detail says and run the action once more; otherwise take a message.",
  unauthorized: "The action is not set up correctly, so the caller cannot be looked up. Take a message.",
  forbidden: "This is not allowed, so the caller cannot be looked up. Take a message.",
  not_found: "There is nothing at this address, so the caller cannot be looked up. Take a message.",
  method_not_allowed:
    "The action is not set up correctly, so the caller cannot be looked up. Take a message.",
  firm_ambiguous:
    "The action is not set up for a single firm, so the caller cannot be looked up. Take a message.",
  too_many_requests: "The caller cannot be looked up right now. Do not run the action again. Take a message.",
  clio_error: "Clio cannot be reached right now. Do not guess who the caller is. Take a message.",
  clio_not_connected:
    "The firm's Clio is not connected, so the caller cannot be looked up. Do not guess who the caller is. Take a message.",
  clio_permission:
    "Clio does not allow this lookup, so the caller cannot be looked up. Do not guess who the caller is. Take a message.",
  clio_rate_limited: "Clio takes no more requests right now. Do not guess who the caller is. Take a message.",
  clio_timeout: "Clio did not answer in time. Do not guess who the caller is. Take a message.",
  internal_error: "Something went wrong on our side. Do not guess who the caller is. Take a message.",
} as const satisfies Record<string, string>;

export type ProblemCode = keyof typeof PROBLEM_MESSAGES;
