import type { UnreachedMatter } from "../../../calls/transfer/coverage.ts";
import type { UnreachedPage } from "../../../views/transfer-rules-page.ts";
import { describeUnreached } from "../../../views/unreached-text.ts";

const MATTERS_PER_PAGE = 25;

/**
 * The matters that contain every word of a search, in their number or in why they reach no one.
 * @param search empty for all matters
 * @param page from 1; a page after the last one counts as the last
 */
export function pageOfUnreached(
  unreached: readonly UnreachedMatter[],
  search: string,
  page: number,
): UnreachedPage {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const found = unreached.filter((matter) => {
    const text = `${matter.displayNumber ?? matter.id} ${describeUnreached(matter)}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const pageCount = Math.max(1, Math.ceil(found.length / MATTERS_PER_PAGE));
  const shown = Math.min(page, pageCount);
  return {
    matters: found.slice((shown - 1) * MATTERS_PER_PAGE, shown * MATTERS_PER_PAGE),
    totalCount: unreached.length,
    foundCount: found.length,
    search,
    page: shown,
    pageCount,
  };
}
