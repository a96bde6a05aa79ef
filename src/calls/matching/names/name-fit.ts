/**
 * How well the name that a caller said, as a voice system transcribed it, fits a contact
 * (docs/explanation/who-is-found.md#names):
 * - `full`: first and last name, or the company's whole name.
 * - `close`: first and last name, but something was misheard, or half of a double name was left out.
 * - `partial`: one of the two names (`Jane`, `Mr. Doe`), an initial with the last name (`J. Doe`), or the first words
 *   of a company's name.
 * - `unclear`: nothing can be concluded: Clio hides the name, middle names contradict each other, or it is between
 *   misheard and another name.
 * - `other`: clearly someone else. Nicknames are included, because no table of nicknames can tell a Bob from his brother.
 */
export type NameFit = "full" | "close" | "partial" | "unclear" | "other";

const BEST_FIRST: readonly NameFit[] = ["full", "close", "partial", "unclear", "other"];

/** A comparator that sorts the better fit first. */
export function compareNameFits(one: NameFit, other: NameFit): number {
  return BEST_FIRST.indexOf(one) - BEST_FIRST.indexOf(other);
}

/** The best of several fits; `other` for none. */
export function bestNameFit(fits: readonly NameFit[]): NameFit {
  return fits.toSorted(compareNameFits)[0] ?? "other";
}
