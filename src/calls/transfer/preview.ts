import type { CountryCode } from "../matching/phone-number.ts";
import { whoTakesTheCall } from "../matching/who-takes-the-call.ts";
import { isLive, type Matter, type StaffRole } from "../matter.ts";
import { groupByCallTaker } from "./call-takers.ts";
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
  readonly notices: readonly PreviewNotice[];
}

export interface PreviewedRule {
  readonly rule: TransferRule;
  readonly role: StaffRole;
  /** The matters for which this person takes calls. */
  readonly matters: readonly Matter[];
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
 * @param colleagues every user of the firm who isn't disabled: rules go by name, so namesakes are a problem
 * @param country for phone numbers typed without a country code
 */
export function buildPreview(
  matters: readonly Matter[],
  staffRoles: readonly StaffRole[],
  colleagues: readonly { readonly id: number; readonly name: string | null }[],
  country: CountryCode,
): TransferPreview {
  const live = matters.filter(isLive);
  const relevant = live.length > 0 ? live : matters;
  const { callTakers } = groupByCallTaker(relevant, staffRoles);
  const hasNamesake = namesakesAmong(colleagues);
  const rules = callTakers.map(({ person, role, matters }) => ({
    rule: buildTransferRule(person, hasNamesake, country),
    role,
    matters,
  }));
  return {
    rules,
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
