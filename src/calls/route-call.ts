import type { Directory } from "../directory/directory.ts";
import type { CallRules } from "./call-rules.ts";
import type { Contact } from "./contact.ts";
import { type CallerClues, type FoundCaller, findCaller } from "./find-caller.ts";
import { isLive, type NamedStaffMember, whichMatter } from "./matching/which-matter.ts";
import type { MatchedOn } from "./matching/who-is-calling.ts";
import type { Matter, StaffRole } from "./matter.ts";
import { routeCallMessage, unknownCaller, unknownCallerMessage } from "./messages.ts";

/** Who is calling and who takes the call. */
export interface RoutedCall {
  /** Set when exactly one contact was matched. */
  readonly contact: Contact | null;
  /** Set when one matter was chosen. */
  readonly matter: Matter | null;
  /** Whom to transfer to. */
  readonly person: NamedStaffMember | null;
  /** That person's role on the matter. */
  readonly role: StaffRole | null;
  readonly matchedOn: MatchedOn | null;
  /** How many contacts have the number. */
  readonly candidateCount: number;
  /** Whether the caller's live matters lead to different people. */
  readonly ambiguous: boolean;
  /** What the receptionist does next. */
  readonly message: string;
}

/** Routes a call: finds the caller, their matter and the person who takes the call. Throws as the directory does. */
export async function routeCall(
  directory: Directory,
  rules: CallRules,
  clues: CallerClues,
): Promise<RoutedCall> {
  const found = await findCaller(directory, rules, clues);
  if (found.sharedPerson) return toSharedPerson(found, found.sharedPerson);
  if (found.caller.outcome !== "one") return toNobody(found, rules, clues);
  const { contact, matchedOn } = found.caller;
  const matters = found.matters.get(contact.id) ?? (await directory.mattersOf(contact.id));
  const byMatter = toPersonOnMatter(contact, matters, rules, clues);
  return { ...byMatter, contact, matchedOn, candidateCount: found.caller.candidateCount };
}

function toPersonOnMatter(
  contact: Contact,
  matters: readonly Matter[],
  { staffRoles, greetByName }: CallRules,
  { matter: asked }: CallerClues,
): Pick<RoutedCall, "matter" | "person" | "role" | "ambiguous" | "message"> {
  const { chosen, ambiguous, askedFits } = whichMatter(matters, staffRoles, asked);
  const callerFirstName = greetByName ? contact.firstName : null;
  if (!chosen) {
    const message = routeCallMessage({ outcome: "nobody", askedFits, callerFirstName });
    return { matter: null, person: null, role: null, ambiguous, message };
  }
  const { matter, person, role } = chosen;
  const message = routeCallMessage({
    outcome: "found",
    transferTo: person.name,
    ambiguous,
    askedFits,
    closed: !isLive(matter),
    callerFirstName,
  });
  return { matter, person, role, ambiguous, message };
}

/** Several contacts share the number, and the same person takes the call for all of them. */
function toSharedPerson(
  { caller }: FoundCaller,
  { person, role }: NonNullable<FoundCaller["sharedPerson"]>,
): RoutedCall {
  const message = routeCallMessage({
    outcome: "found",
    transferTo: person.name,
    ambiguous: false,
    askedFits: null,
    closed: false,
    callerFirstName: null,
  });
  return {
    contact: null,
    matter: null,
    person,
    role,
    matchedOn: "phone",
    candidateCount: caller.candidateCount,
    ambiguous: false,
    message,
  };
}

function toNobody({ caller }: FoundCaller, rules: CallRules, { name }: CallerClues): RoutedCall {
  if (caller.outcome === "one") throw new TypeError("the caller was found");
  return {
    contact: null,
    matter: null,
    person: null,
    role: null,
    matchedOn: null,
    candidateCount: caller.candidateCount,
    ambiguous: false,
    message: unknownCallerMessage(unknownCaller(caller.outcome, name, rules)),
  };
}
