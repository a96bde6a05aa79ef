/**
 * Clio's regions (docs/explanation/how-clio-behaves.md, "Regions"): the host for OAuth and the API, the country of phone
 * numbers without a country code, and a time zone for what runs at night.
 */
export const REGIONS = {
  us: { baseUrl: "https://app.clio.com", country: "US", timeZone: "America/Chicago" },
  eu: { baseUrl: "https://eu.app.clio.com", country: "GB", timeZone: "Europe/London" },
  ca: { baseUrl: "https://ca.app.clio.com", country: "CA", timeZone: "America/Toronto" },
  au: { baseUrl: "https://au.app.clio.com", country: "AU", timeZone: "Australia/Sydney" },
} as const;

export type ClioRegion = keyof typeof REGIONS;

export const CLIO_REGIONS = Object.keys(REGIONS) as ClioRegion[];
