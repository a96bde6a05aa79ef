import type { Directory } from "../directory/directory.ts";
import type { Absences } from "./absence.ts";
import type { CallRules } from "./call-rules.ts";
import type { Contact } from "./contact.ts";
import type { Decision } from "./decision.ts";
import { type CallerClues, type FoundCaller, findCaller } from "./find-caller.ts";
import { whichMatter } from "./matching/which-matter.ts";
import type { MatchedOn, WhoIsCalling } from "./matching/who-is-calling.ts";
import type { AwayPerson, NamedStaffMember } from "./matching/who-takes-the-call.ts";
import type { Matter, StaffRole } from "./matter.ts";
import { absencesOnMatters, mattersOfCaller } from "./matters-of-caller.ts";
import { routeCallMessage, transferOutcome, unknownCaller, unknownCallerMessage } from "./messages.ts";

/** Who is calling and who takes the call. */
export interface RoutedCall {
  /** Set when exactly one contact was matched. */
  readonly contact: Contact | null;
  /** Set when one matter was chosen. */
  readonly matter: Matter | null;
  /** The person to transfer to. */
  readonly person: NamedStaffMember | null;
  /** That person's role on the matter; for a stand-in, the role of the person who is away. */
  readonly role: StaffRole | null;
  /** The person who would take the call, but is away. */
  readonly away: AwayPerson | null;
  readonly matchedOn: MatchedOn | null;
  /** How many contacts have the number. */
  readonly candidateCount: number;
  /** Whether the caller's live matters have different people. */
  readonly ambiguous: boolean;
  /** What the receptionist should do next. */
  readonly message: string;
  /** The rules that decided. */
  readonly decision: Decision;
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
  const { id } = caller.contact;
  const ofCaller = matters.get(id) ?? (await mattersOfCaller(directory, id));
  const absences = await absencesOnMatters(directory, ofCaller);
  return routeByMatter(caller, ofCaller, absences, rules, clues);
}

function routeByMatter(
  { contact, matchedOn, candidateCount, rule }: Extract<WhoIsCalling, { outcome: "one" }>,
  matters: readonly Matter[],
  absences: Absences,
  { staffRoles, greetByName }: CallRules,
  { matter: requested }: CallerClues,
): RoutedCall {
  const choice = whichMatter(matters, staffRoles, requested, absences);
  const { chosen, ambiguous, requestedMatterFound } = choice;
  const callerFirstName = greetByName ? contact.firstName : null;
  const common = { contact, matchedOn, candidateCount, ambiguous };
  if (!chosen) {
    const message = routeCallMessage({ outcome: "nobody", requestedMatterFound, callerFirstName });
    const decision = { caller: rule, matter: choice.rule, person: null };
    return { ...common, matter: null, person: null, role: null, away: null, message, decision };
  }
  const { matter, person, role, away } = chosen;
  const outcome = transferOutcome(chosen, ambiguous);
  const message = routeCallMessage({ ...outcome, requestedMatterFound, callerFirstName });
  const decision = { caller: rule, matter: choice.rule, person: chosen.rule };
  return { ...common, matter, person, role, away, message, decision };
}

/**
 * Several contacts share the number, and the same person takes the call for each of them: neither a contact nor a matter
 * is named (docs/explanation/who-is-found.md#one-person-for-all-of-them).
 */
function routeToSharedPerson(
  { candidateCount, rule }: WhoIsCalling,
  shared: NonNullable<FoundCaller["sharedPerson"]>,
): RoutedCall {
  const message = routeCallMessage({
    ...transferOutcome({ ...shared, matter: null }, false),
    requestedMatterFound: null,
    callerFirstName: null,
  });
  return {
    contact: null,
    matter: null,
    ...shared,
    matchedOn: "phone",
    candidateCount,
    ambiguous: false,
    message,
    decision: { caller: rule, matter: null, person: null },
  };
}

/** No contact, or more than one: the receptionist asks for the name or takes a message. */
function leaveUnrouted(
  { outcome, candidateCount, rule }: Exclude<WhoIsCalling, { outcome: "one" }>,
  rules: CallRules,
  { name }: CallerClues,
): RoutedCall {
  return {
    contact: null,
    matter: null,
    person: null,
    role: null,
    away: null,
    matchedOn: null,
    candidateCount,
    ambiguous: false,
    message: unknownCallerMessage(unknownCaller(outcome, name, rules)),
    decision: { caller: rule, matter: null, person: null },
  };
}
