import { type Checklist, type ChecklistEntry, nextEntry } from "../../../calls/transfer/checklist.ts";
import {
  CHECKLIST_FILTERS,
  type ChecklistFilter,
  type ChecklistPage,
} from "../../../views/transfer-rules-page.ts";
import { checklistAddress, personAddress } from "./page-query.ts";
import { ruleVersion } from "./rule-version.ts";

interface ShownChecklist {
  readonly q: string;
  readonly show: ChecklistFilter;
}

/** The checklist as the page shows it. */
export function checklistPage(
  { entries, unneeded }: Checklist,
  shown: ShownChecklist,
  openPerson: { id: number | null; isOutdated: boolean },
): ChecklistPage {
  const found = entries.filter((entry) => matches(entry, shown.q));
  const next = nextEntry(entries, openPerson.id);
  return {
    entries: found
      .filter((entry) => passes(entry, shown.show))
      .map((entry) => ({
        ...entry,
        version: ruleVersion(entry.rule),
        isOpen: entry.person.id === openPerson.id,
        isOutdated: entry.person.id === openPerson.id && openPerson.isOutdated,
      })),
    unneeded,
    ruleCount: entries.length,
    addedCount: entries.filter(({ added }) => added !== null).length,
    changedCount: entries.filter(({ state }) => state === "changed").length,
    next: next && {
      name: next.rule.name,
      // A filter could hide the person.
      address: personAddress({ q: "", show: "all" }, next.person.id),
    },
    search: shown.q,
    show: shown.show,
    filters: CHECKLIST_FILTERS.map((filter) => ({
      filter,
      count: found.filter((entry) => passes(entry, filter)).length,
      address: checklistAddress({ q: shown.q, show: filter }),
    })),
  };
}

/** Whether a search and a filter leave an entry. */
export function isShown(entry: ChecklistEntry, { q, show }: ShownChecklist): boolean {
  return matches(entry, q) && passes(entry, show);
}

/** Whether the name or number contains every word of a search. */
function matches({ rule }: ChecklistEntry, search: string): boolean {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const text = [rule.name, rule.destination, rule.formattedDestination, rule.extension].join(" ");
  return words.every((word) => text.toLowerCase().includes(word));
}

function passes({ state, rule }: ChecklistEntry, filter: ChecklistFilter): boolean {
  switch (filter) {
    case "all":
      return true;
    case "to-add":
      return state !== "added";
    case "added":
      return state === "added";
    case "attention":
      return rule.problems.length > 0;
  }
}
