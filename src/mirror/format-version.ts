import { type CountryCode, SEARCH_TERMS_VERSION } from "../calls/matching/search-terms.ts";
import type { Sealer } from "../store/encryption/sealing.ts";

/**
 * What the rows of a mirror are made with: the newest secret key, the rules by which contacts are found, the country that
 * numbers are read for. When any of them changes, what is there is not found any more, and the firm is read anew.
 */
export function mirrorFormatVersion({ kid }: Pick<Sealer, "kid">, defaultCountry: CountryCode): string {
  return `${kid} ${SEARCH_TERMS_VERSION} ${defaultCountry}`;
}
