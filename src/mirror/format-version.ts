import { type CountryCode, SEARCH_TERMS_VERSION } from "../calls/matching/search-terms.ts";

interface MirrorFormat {
  readonly defaultCountry: CountryCode;
  /** The setting `RELATED_CALLERS`. */
  readonly relatedCallers: boolean;
}

/**
 * Identifies what a mirror's rows depend on: the version of the search terms, the country of numbers without a country code,
 * and whether relationships are among them. When one of them changes, existing rows can no longer be found, or some are
 * missing or mustn't be kept, so the firm is read again (docs/explanation/how-fresh.md, "Whose view it is").
 */
export function mirrorFormatVersion({ defaultCountry, relatedCallers }: MirrorFormat): string {
  return `${SEARCH_TERMS_VERSION} ${defaultCountry}${relatedCallers ? " related" : ""}`;
}
