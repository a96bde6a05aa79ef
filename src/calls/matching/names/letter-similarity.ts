import leven from "leven";

/**
 * At or above these shares of equal letters, a name counts as misheard rather than different: of first and last name
 * together, and of each (docs/explanation/who-is-found.md#misheard-names). Chosen by measurement: stricter and laxer
 * thresholds are compared in docs/explanation/accuracy.md#misheard-names.
 *
 * No share of letters tells Joan from John. Where both share a number, the exact name wins.
 */
export const MISHEARD_MIN_SIMILARITY = { wholeName: 0.75, eachName: 0.6 } as const;

/** Below this, a first or last name is another name. From here to `MISHEARD_MIN_SIMILARITY` it is unclear. */
export const OTHER_NAME_BELOW_SIMILARITY = 0.5;

/** The share of letters that need no edit, from 0 (nothing in common) to 1 (the same). */
export function similarity(one: string, other: string): number {
  return combinedSimilarity([[one, other]]);
}

/** The same over several pairs, such as first names and last names: a long name counts for more than a short one. */
export function combinedSimilarity(pairs: readonly (readonly [string, string])[]): number {
  let letters = 0;
  let edits = 0;
  for (const [one, other] of pairs) {
    letters += Math.max(one.length, other.length);
    edits += leven(one, other);
  }
  return letters === 0 ? 0 : 1 - edits / letters;
}
