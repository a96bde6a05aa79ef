import type { Coverage } from "../calls/transfer/coverage.ts";
import type { DialingProblem } from "../calls/transfer/destination.ts";
import { formatCount } from "./format.ts";

/** How many of a firm's live matters reach a person who can be dialed, and what is missing, for the top of a page. */
export function formatCoverage({ liveMatterCount, unreached, rules }: Coverage): string {
  const reached = liveMatterCount - unreached.length;
  const share =
    unreached.length === 0 && reached > 1
      ? `All ${formatCount(liveMatterCount)}`
      : `${formatCount(reached)} of ${formatCount(liveMatterCount)}`;
  const summary = `${share} open or pending matters ${reached === 1 ? "reaches" : "reach"} someone who can be dialed.`;
  const problems = PROBLEMS.flatMap(([problem, text]) => {
    const people = rules.filter(({ rule }) => rule.dialingProblem === problem).length;
    return people === 0
      ? []
      : `${formatCount(people)} ${people === 1 ? "person has" : "people have"} ${text}`;
  });
  return problems.length === 0 ? summary : `${summary} ${AND.format(problems)}.`;
}

const PROBLEMS: readonly [DialingProblem, string][] = [
  ["no_number", "no phone number"],
  ["invalid_number", "a number that can't be dialed"],
  ["extension", "a number with an extension"],
];

const AND = new Intl.ListFormat("en", { type: "conjunction" });
