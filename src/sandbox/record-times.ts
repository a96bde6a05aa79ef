/** When a record of the sandbox was made and last changed, where nothing else is said of it. */
export const CREATED = "2024-02-05T09:00:00Z";
export const UPDATED = "2026-04-01T09:00:00Z";
