import { type CountryCode, SEARCH_TERMS_VERSION } from "../calls/matching/search-terms.ts";

/**
 * Identifies what a mirror's rows depend on: the version of the search terms, and the country of numbers without a country
 * code. When one of them changes, existing rows can no longer be found, so the firm is read again
 * (docs/explanation/how-fresh.md, "Whose view it is").
 */
export function mirrorFormatVersion(defaultCountry: CountryCode): string {
  return `${SEARCH_TERMS_VERSION} ${defaultCountry}`;
}
