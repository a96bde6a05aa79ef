import { type Absences, NOBODY_AWAY } from "../absence.ts";
import type { CountryCode } from "../matching/phone-number.ts";
import { type NamedStaffMember, whoTakesTheCall } from "../matching/who-takes-the-call.ts";
import { isLive, type Matter, type StaffRole } from "../matter.ts";
import { type AwayToday, findAwayToday } from "./away-today.ts";
import { type CallTaker, groupByCallTaker } from "./call-takers.ts";
import { namesakesAmong } from "./namesakes.ts";
import { buildTransferRule, RULE_PROBLEMS, type TransferRule } from "./rule.ts";

/** Something that is missing or risky, and where in Clio to fix it: at the matter, or at the firm's users. */
export interface PreviewNotice {
  readonly text: string;
  readonly fixAt: { readonly matterId: number } | "users";
}

/** A rule for each person who would take calls for a record, and what needs attention. */
export interface TransferPreview {
  readonly rules: readonly PreviewedRule[];
  /** Who of the people who usually take the calls is away. */
  readonly away: readonly AwayToday[];
  readonly notices: readonly PreviewNotice[];
}

export interface PreviewedRule {
  readonly rule: TransferRule;
  /** Null for someone who takes the calls only because others are away now. */
  readonly role: StaffRole | null;
  /** The matters for which this person takes calls. */
  readonly matters: readonly Matter[];
}

export interface PreviewOptions {
  /** Every user of the firm who isn't disabled: rules go by name, so namesakes are a problem. */
  readonly colleagues: readonly { readonly id: number; readonly name: string | null }[];
  /** For phone numbers typed without a country code. */
  readonly country: CountryCode;
  readonly absences?: Absences;
}

/** The roles as Clio's users know them. */
export const ROLE_NAMES: Record<StaffRole, string> = {
  responsible_staff: "responsible staff",
  responsible_attorney: "responsible attorney",
  originating_attorney: "originating attorney",
};

const OR = new Intl.ListFormat("en", { type: "disjunction" });

/**
 * The transfer rules for the matters of a record. As for a call, only live matters (open or pending) count if there
 * are any; otherwise all of them do.
 * The rules of the people who usually take the calls come first, whether they are away or not, then those of the people
 * who take calls only because others are away now.
 */
export function buildPreview(
  matters: readonly Matter[],
  staffRoles: readonly StaffRole[],
  { colleagues, country, absences = NOBODY_AWAY }: PreviewOptions,
): TransferPreview {
  const live = matters.filter(isLive);
  const relevant = live.length > 0 ? live : matters;
  const { callTakers } = groupByCallTaker(relevant, staffRoles);
  const hasNamesake = namesakesAmong(colleagues);
  const takers = [...callTakers, ...substitutes(relevant, staffRoles, absences, callTakers)];
  const rules = takers.map(({ person, role, matters }) => ({
    rule: buildTransferRule(person, hasNamesake, country),
    role,
    matters,
  }));
  return {
    rules,
    away: findAwayToday(relevant, staffRoles, absences),
    notices: [
      ...relevant.flatMap((matter) => roleNotices(matter, staffRoles)),
      ...rules.flatMap(({ rule }) =>
        rule.problems.map((problem) => ({
          text: RULE_PROBLEMS[problem](rule.name),
          fixAt: "users" as const,
        })),
      ),
    ],
  };
}

/** Those who take calls only because others are away, with these matters. */
function substitutes(
  matters: readonly Matter[],
  staffRoles: readonly StaffRole[],
  absences: Absences,
  usual: readonly CallTaker[],
) {
  const usualIds = new Set(usual.map(({ person }) => person.id));
  const found = new Map<number, { person: NamedStaffMember; role: null; matters: Matter[] }>();
  for (const matter of matters) {
    const person = whoTakesTheCall(matter, staffRoles, absences)?.person;
    if (!person || usualIds.has(person.id)) continue;
    const known = found.get(person.id);
    if (known) known.matters.push(matter);
    else found.set(person.id, { person, role: null, matters: [matter] });
  }
  return [...found.values()];
}

/** The roles on a matter that were skipped because they are empty or their user is disabled in Clio. */
function roleNotices(matter: Matter, staffRoles: readonly StaffRole[]): PreviewNotice[] {
  const answers = whoTakesTheCall(matter, staffRoles);
  const number = matter.displayNumber ?? "This matter";
  const skipped = answers?.person ? staffRoles.slice(0, staffRoles.indexOf(answers.role)) : staffRoles;
  const outcome = answers?.person
    ? `Calls go to ${answers.person.name.trim()}.`
    : "No one can take the call.";
  const disabled = skipped.flatMap((role) => {
    const person = matter.staff[role];
    if (person?.enabled !== false) return [];
    return `${number}: ${person.name ?? "The user"} (${ROLE_NAMES[role]}) is disabled in Clio. ${outcome}`;
  });
  const empty = skipped.filter((role) => !matter.staff[role]).map((role) => ROLE_NAMES[role]);
  const missing = empty.length > 0 ? [`${number} has no ${OR.format(empty)}. ${outcome}`] : [];
  return [...disabled, ...missing].map((text) => ({ text, fixAt: { matterId: matter.id } }));
}
