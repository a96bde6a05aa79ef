import type { CallerRule, MatterRule, PersonRule } from "../calls/decision.ts";
import { type RoutingRule, RULES } from "./routing-rules.ts";

/** Why something was decided: a sentence for people, and the rule behind it. */
export interface Reason {
  readonly text: string;
  readonly rule: RoutingRule;
}

const reason = (rule: RoutingRule, text: string): Reason => ({ text, rule });

/** Why the caller was identified, or why they weren't. */
export const CALLER_REASONS: Readonly<Record<CallerRule, Reason>> = {
  unique_number: reason(RULES.wholeNumber, "Only this contact has the caller's number."),
  unique_ending: reason(
    RULES.lastFour,
    "Only this contact has a number that matches the digits that are known.",
  ),
  ending_and_name: reason(
    RULES.lastFour,
    "Only this contact has a number that matches the digits that are known, and the name fits.",
  ),
  name_decides: reason(
    RULES.nameDecides,
    "Several contacts have a matching number. The name fits this one best.",
  ),
  name_excludes_others: reason(
    RULES.nameDecides,
    "Several contacts have the caller's number. The name rules out all others.",
  ),
  client_first: reason(RULES.client, "Several contacts have the caller's number. This one is a client."),
  live_matter_first: reason(
    RULES.openMatter,
    "Several contacts have the caller's number. This one has an open or pending matter.",
  ),
  company_first: reason(RULES.company, "Several contacts have the caller's number. This one is the company."),
  name_alone: reason(
    RULES.nameAlone,
    "No contact is found by the number. Only this contact has the full name.",
  ),
  same_person: reason(
    RULES.onePerson,
    "Several contacts have the caller's number, and the same person takes the call for each of them.",
  ),
  withheld: reason(RULES.withheld, "The number is withheld, so it matches no contact."),
  unknown_number: reason(RULES.wholeNumber, "No contact has this number."),
  other_name: reason(
    RULES.nameContradicts,
    "The digits that are known match a contact, but the name is clearly someone else's.",
  ),
  shared_ending: reason(
    RULES.shared,
    "Several contacts have a number that matches the digits that are known.",
  ),
  shared_number: reason(RULES.shared, "Several contacts have the caller's number, and no rule decides."),
  missing_area_code: reason(
    RULES.localNumber,
    "Several contacts have the caller's number. The one that the rules prefer has it without the area code.",
  ),
  switchboard: reason(
    RULES.switchboard,
    "More than ten contacts have the caller's number, so it is a switchboard.",
  ),
};

/** Why the matter was chosen, or why none was. */
export const MATTER_REASONS: Readonly<Record<MatterRule, Reason>> = {
  requested_matter: reason(RULES.requested, "It fits what the caller asked for."),
  only_matter: reason(RULES.orderOfMatters, "The caller has no other matter."),
  only_live_matter: reason(RULES.orderOfMatters, "It is the caller's only open or pending matter."),
  latest_open_matter: reason(
    RULES.orderOfMatters,
    "Of the caller's open matters, it has the latest activity.",
  ),
  latest_pending_matter: reason(
    RULES.orderOfMatters,
    "No matter is open. Of the pending ones, it has the latest activity.",
  ),
  latest_closed_matter: reason(
    RULES.orderOfMatters,
    "No matter is open or pending. Of the others, it has the latest activity.",
  ),
  next_staffed_matter: reason(
    RULES.orderOfMatters,
    "The matters that come before it have no one to take the call.",
  ),
  related_matter: reason(
    RULES.related,
    "The caller isn't the client of this matter, but is related to it. None of the caller's own matters is open or pending.",
  ),
  no_matters: reason(RULES.orderOfMatters, "The caller is not the client of any matter."),
  no_one_on_matters: reason(RULES.whoTakesTheCall, "No matter of the caller has anyone to take the call."),
  no_one_on_requested_matter: reason(
    RULES.requested,
    "The matter that the caller asked for has no one to take the call.",
  ),
};

/** Why the person takes the call, or why no one does. */
export const PERSON_REASONS: Readonly<Record<PersonRule, Reason>> = {
  first_role: reason(RULES.whoTakesTheCall, "Their role on the matter comes first."),
  next_role: reason(RULES.whoTakesTheCall, "No one in the roles that come before theirs can take the call."),
  stand_in: reason(RULES.absences, "The stand-in takes the call instead."),
  next_role_present: reason(
    RULES.absences,
    "The person with the next role on the matter takes the call instead.",
  ),
  all_away: reason(RULES.absences, "No one takes the call instead."),
};
