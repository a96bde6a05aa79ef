import { type CountryCode, FOUND_BY_VERSION } from "../calls/found-by.ts";
import type { Sealer } from "../store/sealing.ts";

/**
 * What the rows of a mirror are made with: the newest secret key, the rules by which contacts are found, the country that
 * numbers are read for. When any of them changes, what is there is not found any more, and the firm is read anew.
 */
export function mirrorForm({ kid }: Pick<Sealer, "kid">, defaultCountry: CountryCode): string {
  return `${kid} ${FOUND_BY_VERSION} ${defaultCountry}`;
}
