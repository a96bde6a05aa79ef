import type { SubjectType } from "../clio/subject-types.ts";

/** One record of each kind, as people call it. */
export const RECORD_NAMES: Record<SubjectType, string> = {
  matters: "matter",
  contacts: "contact",
  activities: "activity",
  documents: "document",
  folders: "folder",
};

/** What the receptionist does with each endpoint. */
export const STEP_NAMES: Readonly<Record<string, string>> = {
  "/route-call": "Route the call",
};

const TIME = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" });

/** A moment, in epoch milliseconds; in UTC, for a server does not know where its reader is. */
export function formatTime(at: number): string {
  return `${TIME.format(at)} UTC`;
}

/** A whole number with its thousands apart. */
export function formatCount(number: number): string {
  return number.toLocaleString("en");
}

/** So many of something: `1 contact`, `2,310 matters`. */
export function formatCountOf(number: number, one: string): string {
  return `${formatCount(number)} ${one}${number === 1 ? "" : "s"}`;
}

/** How long something still takes: `about 3 minutes left`. */
export function formatTimeLeft(seconds: number): string {
  if (seconds < 60) return "less than a minute left";
  const minutes = Math.round(seconds / 60);
  return minutes < 120
    ? `about ${formatCountOf(minutes, "minute")} left`
    : `about ${formatCountOf(Math.round(minutes / 60), "hour")} left`;
}

export function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A connected user as people know them; the sealed name may be out of reach. */
export function formatUser({ userName, userId }: { userName: string | null; userId: number }): string {
  return userName ?? `User ${userId}`;
}
