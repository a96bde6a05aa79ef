import type { SubjectType } from "../clio/subject-types.ts";

/** The singular of each record type, in lower case. */
export const RECORD_NAMES: Record<SubjectType, string> = {
  matters: "matter",
  contacts: "contact",
  activities: "activity",
  documents: "document",
  folders: "folder",
};

const TIME = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" });

/** @param at epoch milliseconds. The result is in UTC, because the server doesn't know the reader's time zone. */
export function formatTime(at: number): string {
  return `${TIME.format(at)} UTC`;
}

/** `2310` as `2,310`. */
export function formatCount(number: number): string {
  return number.toLocaleString("en");
}

/** `1 contact`, `2,310 matters`. */
export function formatCountOf(number: number, singular: string): string {
  return `${formatCount(number)} ${singular}${number === 1 ? "" : "s"}`;
}

/** `about 3 minutes left`. */
export function formatTimeLeft(seconds: number): string {
  if (seconds < 60) return "less than a minute left";
  const minutes = Math.round(seconds / 60);
  return minutes < 120
    ? `about ${formatCountOf(minutes, "minute")} left`
    : `about ${formatCountOf(Math.round(minutes / 60), "hour")} left`;
}

/** `just now`, `12 seconds ago`, `3 minutes ago`. The times are epoch milliseconds. `assets/local-times.js` does the same. */
export function formatTimeAgo(at: number, now: number): string {
  const seconds = Math.max(0, Math.floor((now - at) / 1000));
  if (seconds < 5) return "just now";
  if (seconds < 60) return `${formatCountOf(seconds, "second")} ago`;
  if (seconds < 3600) return `${formatCountOf(Math.floor(seconds / 60), "minute")} ago`;
  return `${formatCountOf(Math.floor(seconds / 3600), "hour")} ago`;
}

export function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The user's name, or their ID if the name can't be decrypted. */
export function formatUser({ userName, userId }: { userName: string | null; userId: number }): string {
  return userName ?? `User ${userId}`;
}
