import { type CountryCode, SEARCH_TERMS_VERSION } from "../calls/matching/search-terms.ts";
import type { Sealer } from "../store/encryption/sealing.ts";

/**
 * Identifies what a mirror's rows depend on: the first secret key, the version of the search terms, and the country of
 * numbers without a country code. When one of them changes, existing rows can no longer be found, so the firm is read
 * again (docs/explanation/how-fresh.md, "Whose view it is").
 */
export function mirrorFormatVersion({ kid }: Pick<Sealer, "kid">, defaultCountry: CountryCode): string {
  return `${kid} ${SEARCH_TERMS_VERSION} ${defaultCountry}`;
}
