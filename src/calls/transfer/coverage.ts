import type { CountryCode } from "../matching/phone-number.ts";
import type { NamedStaffMember } from "../matching/who-takes-the-call.ts";
import { isLive, type Matter, type StaffRole } from "../matter.ts";
import { groupByCallTaker } from "./call-takers.ts";
import { buildTransferRule, type TransferRule } from "./rule.ts";

/** Which of a firm's live matters have someone to take calls, and what is missing. */
export interface Coverage {
  /** One for each person who takes calls for a live matter, sorted by name. */
  readonly rules: readonly CountedRule[];
  readonly liveMatterCount: number;
  /** Live matters on which no one can take a call. */
  readonly unassignedCount: number;
  /** The first `MAX_LISTED_UNASSIGNED` of them. */
  readonly unassigned: readonly { readonly id: number; readonly displayNumber: string | null }[];
  readonly withoutNumberCount: number;
}

export interface CountedRule {
  readonly person: NamedStaffMember;
  readonly rule: TransferRule;
  /** Live matters for which the person takes calls. */
  readonly matterCount: number;
}

const MAX_LISTED_UNASSIGNED = 50;

/**
 * Every transfer rule a firm needs, for `GET /transfer-rules` (docs/reference/endpoints.md).
 * @param matters in any status; only the live ones (open or pending) count
 * @param country for phone numbers typed without a country code
 */
export function buildCoverage(
  matters: readonly Matter[],
  staffRoles: readonly StaffRole[],
  country: CountryCode,
): Coverage {
  const live = matters.filter(isLive);
  const { callTakers, unassigned } = groupByCallTaker(live, staffRoles);
  const people = callTakers.map(({ person }) => person);
  const rules = callTakers
    .map(({ person, matters }) => ({
      person,
      rule: buildTransferRule(person, people, country),
      matterCount: matters.length,
    }))
    .toSorted(
      (one, other) => one.rule.name.localeCompare(other.rule.name) || one.person.id - other.person.id,
    );
  const withoutNumber = rules.filter(({ rule }) => rule.destination === null);
  return {
    rules,
    liveMatterCount: live.length,
    unassignedCount: unassigned.length,
    unassigned: unassigned
      .slice(0, MAX_LISTED_UNASSIGNED)
      .map(({ id, displayNumber }) => ({ id, displayNumber })),
    withoutNumberCount: withoutNumber.length,
  };
}
