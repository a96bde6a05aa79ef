import type { CountryCode } from "../matching/phone-number.ts";
import type { NamedStaffMember } from "../matching/who-takes-the-call.ts";
import { isLive, type Matter, type StaffRole } from "../matter.ts";
import { peopleWhoAnswer } from "./answering-people.ts";
import { type TransferRule, transferRule } from "./rule.ts";

/** How far a firm's callers get: who answers for its live matters, and what is missing. */
export interface Coverage {
  /** One for each person who answers for a live matter, by name. */
  readonly rules: readonly CountedRule[];
  readonly liveMatters: number;
  /** Live matters on which nobody can take the call. */
  readonly haveNobody: number;
  /** Some of them, to be mended in Clio. */
  readonly unanswered: readonly { readonly id: number; readonly displayNumber: string | null }[];
  readonly peopleWithoutNumber: number;
}

export interface CountedRule {
  readonly person: NamedStaffMember;
  readonly rule: TransferRule;
  /** For how many live matters they take the call. */
  readonly matterCount: number;
}

/** A list to work through; whoever has more begins with these. */
const MOST_UNANSWERED = 50;

/** Every rule that a firm needs (contract, `GET /transfer-rules`). Live is open or pending. */
export function coverageOf(
  matters: readonly Matter[],
  staffRoles: readonly StaffRole[],
  country: CountryCode,
): Coverage {
  const live = matters.filter(isLive);
  const { people, unanswered } = peopleWhoAnswer(live, staffRoles);
  const everybody = people.map(({ person }) => person);
  const rules = people
    .map(({ person, matters }) => ({
      person,
      rule: transferRule(person, everybody, country),
      matterCount: matters.length,
    }))
    .toSorted(
      (one, other) => one.rule.name.localeCompare(other.rule.name) || one.person.id - other.person.id,
    );
  const withoutNumber = rules.filter(({ rule }) => rule.destination === null);
  return {
    rules,
    liveMatters: live.length,
    haveNobody: unanswered.length,
    unanswered: unanswered.slice(0, MOST_UNANSWERED).map(({ id, displayNumber }) => ({ id, displayNumber })),
    peopleWithoutNumber: withoutNumber.length,
  };
}

/** The coverage in one line, for the top of a page. */
export function coverageLine({ liveMatters, haveNobody, peopleWithoutNumber }: Coverage): string {
  if (haveNobody === 0 && peopleWithoutNumber === 0) return `All ${liveMatters} open matters reach somebody.`;
  const reach = liveMatters - haveNobody;
  const have = haveNobody === 1 ? "has" : "have";
  const people = peopleWithoutNumber === 1 ? "1 person has" : `${peopleWithoutNumber} people have`;
  return `${reach} of ${liveMatters} open matters reach somebody; ${haveNobody} ${have} nobody, ${people} no number.`;
}
