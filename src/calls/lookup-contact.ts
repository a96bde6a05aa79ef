import type { Directory } from "../directory/directory.ts";
import type { CallRules } from "./call-rules.ts";
import type { Contact } from "./contact.ts";
import type { Decision } from "./decision.ts";
import { type CallerClues, findCaller } from "./find-caller.ts";
import type { MatchedOn } from "./matching/who-is-calling.ts";
import { contactFoundMessage, unknownCaller, unknownCallerMessage } from "./messages.ts";

/** The contact who is calling, if only one is possible. */
export interface LookedUpContact {
  readonly contact: Contact | null;
  readonly matchedOn: MatchedOn | null;
  /** How many contacts have the number. */
  readonly candidateCount: number;
  /** What the receptionist should do next. */
  readonly message: string;
  /** The rule that decided. */
  readonly decision: Decision;
}

/** Looks up the contact behind a number (docs/explanation/who-is-found.md). Throws as the directory does. */
export async function lookupContact(
  directory: Directory,
  rules: CallRules,
  { number, name }: Pick<CallerClues, "number" | "name">,
): Promise<LookedUpContact> {
  const { caller } = await findCaller(directory, rules, { number, name, matter: null });
  const { candidateCount } = caller;
  const decision = { caller: caller.rule, matter: null, person: null };
  if (caller.outcome !== "one") {
    const message = unknownCallerMessage(unknownCaller(caller.outcome, name, rules));
    return { contact: null, matchedOn: null, candidateCount, message, decision };
  }
  const { contact, matchedOn } = caller;
  const message = contactFoundMessage(rules.greetByName ? contact.firstName : null);
  return { contact, matchedOn, candidateCount, message, decision };
}
