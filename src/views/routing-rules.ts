/** A rule that routes calls, in the words of docs/explanation/who-is-found.md. */
export interface RoutingRule {
  /** The ID of the rule on `/routing-rules`. */
  readonly id: string;
  /** The heading of its section in docs/explanation/who-is-found.md. */
  readonly heading: string;
  /** The sentences of that section that say what the rule does. */
  readonly text: string;
}

export interface RoutingRuleGroup {
  readonly title: string;
  readonly rules: readonly RoutingRule[];
}

const rule = (id: string, heading: string, text: string): RoutingRule => ({ id, heading, text });

/** By a short name, for the code. */
export const RULES = {
  wholeNumber: rule(
    "whole-number",
    "A whole number matches a whole number",
    "If only one contact has the whole number, that contact is the caller, whatever name the caller gives.",
  ),
  lastFour: rule(
    "last-four",
    "Four digits match an end",
    "When only the caller's last four digits are known, every contact with a number that ends in them matches.",
  ),
  shortNumber: rule(
    "short-number",
    "A short number in Clio counts by its end",
    "A number in Clio that isn't whole (555-0171, or one that can't be parsed) is compared by its end. It counts like last four digits, and only when no contact has the caller's whole number.",
  ),
  localNumber: rule(
    "local-number",
    "A local number beside a whole one",
    "One contact has the caller's whole number; another has the same number without its area code, seven digits or more. Both contacts share the number, and the second can keep the rules from choosing the first. No rule chooses a contact without the area code, though; only the caller's name can.",
  ),
  withheld: rule("withheld", "Withheld numbers", "A withheld number matches no contact."),
  nameDecides: rule(
    "name-decides",
    "When a name decides",
    "A full or close name decides if no other contact fits as well. A partial name decides only among contacts who share a whole number, and only if all others are clearly someone else.",
  ),
  nameContradicts: rule(
    "name-contradicts",
    "A name that contradicts four digits",
    "If four digits fit a contact but the name is clearly someone else's, no contact is found.",
  ),
  nameAlone: rule(
    "name-alone",
    "By name alone",
    "With ROUTE_BY_NAME, a caller from an unknown or withheld number is found by name if exactly one contact fits in full.",
  ),
  shared: rule(
    "shared",
    "Shared numbers",
    "These rules apply to contacts who share a whole number. People who merely share four digits have nothing to do with each other, and the receptionist asks for the name.",
  ),
  client: rule(
    "client",
    "A client comes before other contacts",
    "Contacts whom Clio marks as clients come before others.",
  ),
  openMatter: rule(
    "open-matter",
    "An open matter comes before none",
    "Contacts with an open or pending matter come before those without.",
  ),
  company: rule(
    "company",
    "A company comes before its people",
    "A company comes before the people who answer its main line.",
  ),
  onePerson: rule(
    "one-person",
    "One person for all of them",
    "If several contacts are left and the same person takes the call for each of them, /route-call transfers to that person and names no contact.",
  ),
  switchboard: rule(
    "switchboard",
    "A switchboard",
    "A number that more than ten contacts share is a switchboard. The rules that need matters are skipped.",
  ),
  orderOfMatters: rule(
    "order-of-matters",
    "Order of matters",
    "Open matters come before pending ones, pending before closed, and those whose status is hidden come last. Within those, the matter with the latest activity comes first, then the latest change, then the higher ID. The first matter that has someone to take the call is chosen. A matter without anyone is skipped.",
  ),
  related: rule(
    "related",
    "Related callers",
    "A contact can be related to a matter in Clio without being its client: as a spouse, an insurance adjuster or opposing counsel. The caller's own matters come first: related ones count only if none of their own is open or pending.",
  ),
  requested: rule(
    "requested",
    "What the caller asks for",
    "If nothing fits, what the caller asked for is ignored. If a matter fits but has no one to take the call, no one is chosen: the person on another matter isn't the one the caller asked for.",
  ),
  differentPeople: rule(
    "different-people",
    "Different people",
    "When the open and pending matters, or those that fit, have different people, the receptionist asks which matter the call is about.",
  ),
  whoTakesTheCall: rule(
    "who-takes-the-call",
    "Who takes the call",
    "On a matter, the first role in STAFF_ROLES that has a person takes the call: by default the responsible staff, otherwise the responsible attorney. Users who are disabled in Clio are skipped. Users without a name are skipped.",
  ),
  absences: rule(
    "absences",
    "Absences",
    "On the chosen matter, the call goes to the first of these who is there: the stand-in that the person chose, then the next role in STAFF_ROLES. A stand-in who is away too, is disabled in Clio or has no name is skipped. If no one is left, the receptionist takes a message for the person who is away. Another matter is never chosen because someone is away.",
  ),
} as const;

/** Every rule, in the order in which a call is decided. */
export const ROUTING_RULE_GROUPS: readonly RoutingRuleGroup[] = [
  {
    title: "Numbers",
    rules: [RULES.wholeNumber, RULES.lastFour, RULES.shortNumber, RULES.localNumber, RULES.withheld],
  },
  { title: "Names", rules: [RULES.nameDecides, RULES.nameContradicts, RULES.nameAlone] },
  {
    title: "Shared numbers",
    rules: [RULES.shared, RULES.client, RULES.openMatter, RULES.company, RULES.onePerson, RULES.switchboard],
  },
  {
    title: "Which matter",
    rules: [RULES.orderOfMatters, RULES.related, RULES.requested, RULES.differentPeople],
  },
  { title: "Which person", rules: [RULES.whoTakesTheCall, RULES.absences] },
];
