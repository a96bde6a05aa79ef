import type { Directory } from "../directory/directory.ts";
import type { CallRules } from "./call-rules.ts";
import { isLive, type WhichMatter, whichMatter } from "./matching/which-matter.ts";
import { responsibleStaffMessage } from "./messages.ts";

/** A contact's matters, and who takes the call. */
export interface ResponsibleStaff extends WhichMatter {
  /** What the receptionist does next. */
  readonly message: string;
}

/**
 * Finds the person who takes a contact's call.
 * @param asked the matter that the caller asked for, as they said it
 * Throws as the directory does.
 */
export async function findResponsibleStaff(
  directory: Directory,
  { staffRoles }: Pick<CallRules, "staffRoles">,
  contactId: number,
  asked: string | null,
): Promise<ResponsibleStaff> {
  const choice = whichMatter(await directory.mattersOf(contactId), staffRoles, asked);
  return { ...choice, message: messageFor(choice) };
}

function messageFor({ chosen, ordered, ambiguous, askedFits }: WhichMatter): string {
  if (ordered.length === 0) return responsibleStaffMessage({ outcome: "no_matters" });
  if (chosen === null) return responsibleStaffMessage({ outcome: "nobody", askedFits });
  return responsibleStaffMessage({
    outcome: "found",
    transferTo: chosen.person.name,
    ambiguous,
    askedFits,
    closed: !isLive(chosen.matter),
  });
}
