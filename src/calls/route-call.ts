import type { Directory } from "../directory/directory.ts";
import type { CallRules } from "./call-rules.ts";
import type { Contact } from "./contact.ts";
import { type CallerClues, type FoundCaller, findCaller } from "./find-caller.ts";
import { whichMatter } from "./matching/which-matter.ts";
import type { MatchedOn, WhoIsCalling } from "./matching/who-is-calling.ts";
import type { NamedStaffMember } from "./matching/who-takes-the-call.ts";
import { isLive, type Matter, type StaffRole } from "./matter.ts";
import { routeCallMessage, unknownCaller, unknownCallerMessage } from "./messages.ts";

/** Who is calling and who takes the call. */
export interface RoutedCall {
  /** Set when exactly one contact was matched. */
  readonly contact: Contact | null;
  /** Set when one matter was chosen. */
  readonly matter: Matter | null;
  /** The person to transfer to. */
  readonly person: NamedStaffMember | null;
  /** That person's role on the matter. */
  readonly role: StaffRole | null;
  readonly matchedOn: MatchedOn | null;
  /** How many contacts have the number. */
  readonly candidateCount: number;
  /** Whether the caller's live matters have different people. */
  readonly ambiguous: boolean;
  /** What the receptionist should do next. */
  readonly message: string;
}

/** Routes a call: finds the caller, their matter and the person who takes the call. Throws as the directory does. */
export async function routeCall(
  directory: Directory,
  rules: CallRules,
  clues: CallerClues,
): Promise<RoutedCall> {
  const { caller, sharedPerson, matters } = await findCaller(directory, rules, clues);
  if (sharedPerson) return routeToSharedPerson(caller, sharedPerson);
  if (caller.outcome !== "one") return leaveUnrouted(caller, rules, clues);
  const { contact, matchedOn, candidateCount } = caller;
  const ownMatters = matters.get(contact.id) ?? (await directory.mattersOf(contact.id));
  const routed = routeByMatter(contact, ownMatters, rules, clues);
  return { ...routed, contact, matchedOn, candidateCount };
}

function routeByMatter(
  contact: Contact,
  matters: readonly Matter[],
  { staffRoles, greetByName }: CallRules,
  { matter: requested }: CallerClues,
): Pick<RoutedCall, "matter" | "person" | "role" | "ambiguous" | "message"> {
  const { chosen, ambiguous, requestedMatterFound } = whichMatter(matters, staffRoles, requested);
  const callerFirstName = greetByName ? contact.firstName : null;
  if (!chosen) {
    const message = routeCallMessage({ outcome: "nobody", requestedMatterFound, callerFirstName });
    return { matter: null, person: null, role: null, ambiguous, message };
  }
  const { matter, person, role } = chosen;
  const message = routeCallMessage({
    outcome: "found",
    transferTo: person.name,
    ambiguous,
    requestedMatterFound,
    closed: !isLive(matter),
    callerFirstName,
  });
  return { matter, person, role, ambiguous, message };
}

/**
 * Several contacts share the number, and the same person takes the call for each of them: neither a contact nor a matter
 * is named (docs/explanation/who-is-found.md#one-person-for-all-of-them).
 */
function routeToSharedPerson(
  { candidateCount }: WhoIsCalling,
  { person, role }: NonNullable<FoundCaller["sharedPerson"]>,
): RoutedCall {
  const message = routeCallMessage({
    outcome: "found",
    transferTo: person.name,
    ambiguous: false,
    requestedMatterFound: null,
    closed: false,
    callerFirstName: null,
  });
  return {
    contact: null,
    matter: null,
    person,
    role,
    matchedOn: "phone",
    candidateCount,
    ambiguous: false,
    message,
  };
}

/** No contact, or more than one: the receptionist asks for the name or takes a message. */
function leaveUnrouted(
  { outcome, candidateCount }: Exclude<WhoIsCalling, { outcome: "one" }>,
  rules: CallRules,
  { name }: CallerClues,
): RoutedCall {
  return {
    contact: null,
    matter: null,
    person: null,
    role: null,
    matchedOn: null,
    candidateCount,
    ambiguous: false,
    message: unknownCallerMessage(unknownCaller(outcome, name, rules)),
  };
}
