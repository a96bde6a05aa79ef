import type { TransferRule } from "./rule.ts";

/** What decides whether a rule in Upfirst is still right: it is told apart by name, and dials the number. */
export type RuleValues = Pick<TransferRule, "name" | "destination" | "extension">;

/** A person whose transfer rule someone has added to Upfirst. */
export interface AddedRule {
  /** The person's user ID in Clio. */
  readonly personId: number;
  /** As they were when the rule was added. */
  readonly values: RuleValues;
  /** Milliseconds since 1970. */
  readonly addedAt: number;
  /** The user who said so. */
  readonly addedBy: number;
}

export function valuesOf({ name, destination, extension }: RuleValues): RuleValues {
  return { name, destination, extension };
}
