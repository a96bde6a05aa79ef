import { type AddedRule, type RuleValues, valuesOf } from "./added-rule.ts";
import type { CountedRule, Coverage } from "./coverage.ts";
import { canBeDialed } from "./destination.ts";

/** A rule, and whether it was added to Upfirst. */
export interface ChecklistEntry extends CountedRule {
  readonly state: "not_added" | "added" | "changed";
  /** Null if the rule wasn't added. */
  readonly added: AddedRule | null;
  /** The values that have changed since the rule was added, in the order of Upfirst's form. */
  readonly changes: readonly RuleChange[];
}

export interface RuleChange {
  readonly field: keyof RuleValues;
  readonly before: string | null;
  readonly now: string | null;
}

export interface Checklist {
  /** In the order of the coverage's rules. */
  readonly entries: readonly ChecklistEntry[];
  /** Rules that were added for people who don't need one anymore, as far as the user can see. */
  readonly unneeded: readonly AddedRule[];
}

/** Compares the rules that a firm needs with those that were added to Upfirst. */
export function buildChecklist(
  { rules }: Pick<Coverage, "rules">,
  addedRules: readonly AddedRule[],
): Checklist {
  const addedById = new Map(addedRules.map((added) => [added.personId, added]));
  const entries = rules.map((counted): ChecklistEntry => {
    const added = addedById.get(counted.person.id) ?? null;
    addedById.delete(counted.person.id);
    const changes = added ? changesBetween(added.values, valuesOf(counted.rule)) : [];
    return {
      ...counted,
      added,
      changes,
      state: added === null ? "not_added" : changes.length > 0 ? "changed" : "added",
    };
  });
  return {
    entries,
    unneeded: [...addedById.values()].toSorted((one, other) =>
      one.values.name.localeCompare(other.values.name),
    ),
  };
}

/**
 * The entry to work on next: a rule that has changed, otherwise one that wasn't added. People who can't be dialed come last,
 * because their number has to be corrected first.
 * @param after the person who was just worked on; null to begin at the top
 * @param isShown whether an entry is on the user's page
 */
export function nextEntry(
  entries: readonly ChecklistEntry[],
  after: number | null,
  isShown: (entry: ChecklistEntry) => boolean = () => true,
): ChecklistEntry | null {
  const start = entries.findIndex(({ person }) => person.id === after) + 1;
  const inTurn = [...entries.slice(start), ...entries.slice(0, start)];
  const waiting = inTurn.filter(
    (entry) => entry.state !== "added" && entry.person.id !== after && isShown(entry),
  );
  return (
    waiting.find(({ state }) => state === "changed") ??
    waiting.find(({ rule }) => canBeDialed(rule)) ??
    waiting[0] ??
    null
  );
}

function changesBetween(before: RuleValues, now: RuleValues): RuleChange[] {
  return (["name", "destination", "extension"] as const).flatMap((field) =>
    before[field] === now[field] ? [] : { field, before: before[field], now: now[field] },
  );
}
