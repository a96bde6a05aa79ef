import type { CountryCode } from "../matching/phone-number.ts";
import { whoTakesTheCall } from "../matching/who-takes-the-call.ts";
import { isLive, type Matter, type StaffRole } from "../matter.ts";
import { peopleWhoAnswer } from "./answering-people.ts";
import { RULE_PROBLEMS, type TransferRule, transferRule } from "./rule.ts";

/** Something that is missing or risky, and where in Clio it is mended. */
export interface PreviewNotice {
  readonly text: string;
  readonly mendAt: { readonly matterId: number } | "users";
}

/** What a record leads to: a rule for each person who would take a call, and what stands in the way. */
export interface TransferPreview {
  readonly rules: readonly PreviewedRule[];
  readonly notices: readonly PreviewNotice[];
}

export interface PreviewedRule {
  readonly rule: TransferRule;
  readonly role: StaffRole;
  /** The matters for which this person takes the call. */
  readonly matters: readonly Matter[];
}

/** The roles as a firm says them. */
export const ROLE_NAMES: Record<StaffRole, string> = {
  responsible_staff: "responsible staff",
  responsible_attorney: "responsible attorney",
  originating_attorney: "originating attorney",
};

/**
 * The transfer rules for the matters of a record. Of several matters the live ones count, as they do for a call; closed
 * ones count when none is live.
 * @param colleagues everybody with a login in the firm's Clio who is not disabled: two of one name cannot be told apart
 */
export function previewOf(
  matters: readonly Matter[],
  staffRoles: readonly StaffRole[],
  colleagues: readonly { readonly id: number; readonly name: string | null }[],
  country: CountryCode,
): TransferPreview {
  const live = matters.filter(isLive);
  const counting = live.length > 0 ? live : matters;
  const { people } = peopleWhoAnswer(counting, staffRoles);
  const rules = people.map(({ person, role, matters }) => ({
    rule: transferRule(person, colleagues, country),
    role,
    matters,
  }));
  return {
    rules,
    notices: [
      ...counting.flatMap((matter) => roleNotices(matter, staffRoles)),
      ...rules.flatMap(({ rule }) =>
        rule.problems.map((problem) => ({
          text: RULE_PROBLEMS[problem](rule.name),
          mendAt: "users" as const,
        })),
      ),
    ],
  };
}

/** What is wrong with the roles of one matter: empty, or held by somebody who is disabled in Clio. */
function roleNotices(matter: Matter, staffRoles: readonly StaffRole[]): PreviewNotice[] {
  const answers = whoTakesTheCall(matter, staffRoles);
  const number = matter.displayNumber ?? "this matter";
  const passedOver = answers ? staffRoles.slice(0, staffRoles.indexOf(answers.role)) : staffRoles;
  const goesTo = answers ? `calls go to ${answers.person.name.trim()}` : "callers reach nobody";
  const disabled = passedOver.flatMap((role) => {
    const person = matter.staff[role];
    if (person?.enabled !== false) return [];
    return `${person.name ?? "The user"}, ${ROLE_NAMES[role]} of ${number}, is disabled in Clio: ${goesTo}.`;
  });
  const empty = passedOver.filter((role) => !matter.staff[role]).map((role) => ROLE_NAMES[role]);
  const missing = empty.length > 0 ? [`${number} has no ${empty.join(" and no ")}: ${goesTo}.`] : [];
  return [...disabled, ...missing].map((text) => ({ text, mendAt: { matterId: matter.id } }));
}
