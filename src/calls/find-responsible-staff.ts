import type { Directory } from "../directory/directory.ts";
import type { CallRules } from "./call-rules.ts";
import type { Decision } from "./decision.ts";
import { type WhichMatter, whichMatter } from "./matching/which-matter.ts";
import { absencesOnMatters, mattersOfCaller } from "./matters-of-caller.ts";
import { responsibleStaffMessage, transferOutcome } from "./messages.ts";

/** A contact's matters, and who takes the call. */
export interface ResponsibleStaff extends WhichMatter {
  /** What the receptionist should do next. */
  readonly message: string;
  /** The rules that decided. */
  readonly decision: Decision;
}

/**
 * Finds the person who takes a contact's call (docs/explanation/who-is-found.md#which-matter).
 * @param requested the matter that the caller asked for, in their own words
 * @throws as the directory does
 */
export async function findResponsibleStaff(
  directory: Directory,
  { staffRoles }: Pick<CallRules, "staffRoles">,
  contactId: number,
  requested: string | null,
): Promise<ResponsibleStaff> {
  const matters = await mattersOfCaller(directory, contactId);
  const absences = await absencesOnMatters(directory, matters);
  const choice = whichMatter(matters, staffRoles, requested, absences);
  const decision = { caller: null, matter: choice.rule, person: choice.chosen?.rule ?? null };
  return { ...choice, message: messageFor(choice), decision };
}

function messageFor({ chosen, ordered, ambiguous, requestedMatterFound }: WhichMatter): string {
  if (ordered.length === 0) return responsibleStaffMessage({ outcome: "no_matters" });
  if (chosen === null) return responsibleStaffMessage({ outcome: "nobody", requestedMatterFound });
  return responsibleStaffMessage({ ...transferOutcome(chosen, ambiguous), requestedMatterFound });
}
