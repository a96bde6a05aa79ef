import { type CallFindings, type CallOutcome, outcomeOf } from "../calls/call-record.ts";
import type { ResponsibleStaff } from "../calls/find-responsible-staff.ts";
import type { LookedUpContact } from "../calls/lookup-contact.ts";
import type { AwayPerson } from "../calls/matching/who-takes-the-call.ts";
import { relationOf } from "../calls/matter.ts";
import type { RoutedCall } from "../calls/route-call.ts";
import type { DecidedFindings } from "./record-lookup.ts";

/** @param mayAskName whether the receptionist was told to ask an unknown caller for the name */
export function findingsOfRoutedCall(routed: RoutedCall, mayAskName: boolean): DecidedFindings {
  const { contact, matter, person, role, away, matchedOn, candidateCount, ambiguous, decision } = routed;
  return {
    outcome: outcomeOf(routed, mayAskName),
    contact: contact && { id: contact.id, name: contact.name },
    matter: matter && { id: matter.id, displayNumber: matter.displayNumber },
    person: person && { id: person.id, name: person.name },
    role,
    relation: matter && relationOf(matter),
    away: recordedAway(away),
    matchedOn,
    candidateCount,
    ambiguous,
    decision,
  };
}

/** Until the responsible staff is looked up, there is no one to transfer to. */
export function findingsOfContact(found: LookedUpContact, mayAskName: boolean): DecidedFindings {
  const { contact, matchedOn, candidateCount, decision } = found;
  return {
    outcome: outcomeOf({ contact, person: null, decision }, mayAskName),
    contact: contact && { id: contact.id, name: contact.name },
    matter: null,
    person: null,
    role: null,
    relation: null,
    away: null,
    matchedOn,
    candidateCount,
    ambiguous: false,
    decision,
  };
}

/** @param contactId the contact that was asked about, which may not exist */
export function findingsOfStaff(
  { chosen, ordered, ambiguous, decision }: ResponsibleStaff,
  contactId: number,
): DecidedFindings {
  const outcome: CallOutcome = chosen?.person ? "routed" : "nobody";
  return {
    outcome,
    // A contact without matters may be one that Clio doesn't have.
    contact: ordered.length > 0 ? { id: contactId, name: null } : null,
    matter: chosen && { id: chosen.matter.id, displayNumber: chosen.matter.displayNumber },
    person: chosen?.person ? { id: chosen.person.id, name: chosen.person.name } : null,
    role: chosen?.role ?? null,
    relation: chosen && relationOf(chosen.matter),
    away: recordedAway(chosen?.away ?? null),
    matchedOn: null,
    candidateCount: 0,
    ambiguous,
    decision,
  };
}

function recordedAway(away: AwayPerson | null): CallFindings["away"] {
  return away && { id: away.person.id, name: away.person.name, until: away.until };
}
