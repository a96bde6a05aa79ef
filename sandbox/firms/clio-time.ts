/** `created_at` and `updated_at` of the invented records, by default. */
export const CREATED_AT = "2024-02-05T09:00:00Z";
export const UPDATED_AT = "2026-04-01T09:00:00Z";

/** Formats milliseconds since 1970 as Clio does, to the second: `2026-05-31T09:30:00Z`. */
export function formatClioTime(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(/\.\d+Z$/, "Z");
}
