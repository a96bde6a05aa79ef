/** When a record of the sandbox was made and last changed, where nothing else is said of it. */
export const CREATED = "2024-02-05T09:00:00Z";
export const UPDATED = "2026-04-01T09:00:00Z";

/** A time as Clio writes it, to the second: `2026-05-31T09:30:00Z`. `time` is in milliseconds since 1970. */
export function clioTime(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, "Z");
}
