import type { CallContent } from "../calls/call-record.ts";
import type { ReportTexts } from "../store/repositories/call-encryption.ts";

/** What a phone log is written from. */
export interface PhoneLogSource {
  readonly id: string;
  /** When the call began, in milliseconds since 1970. */
  readonly at: number;
  readonly content: CallContent;
  readonly texts: ReportTexts;
}

const MAX_NAME_LENGTH = 100;

/** `Call from Jane Doe`, or from the number if only that is known. */
export function phoneLogSubject({ content: { contact, caller, callerEnding } }: PhoneLogSource): string {
  const from =
    contact?.name ??
    caller ??
    (callerEnding === null ? "a withheld number" : `a number ending in ${callerEnding}`);
  return `Call from ${plainText(from.slice(0, MAX_NAME_LENGTH))}`;
}

/**
 * The body of a phone log, as plain text: what was said, then who, when and how long.
 * @param timeZone an IANA name
 */
export function phoneLogBody({ at, content, texts }: PhoneLogSource, timeZone: string): string {
  const { report } = content;
  const sections = [
    texts.summary,
    section("Message", texts.message),
    factsOf(content, report?.startedAt ?? at, timeZone).join("\n"),
    section("Transcript", texts.transcript),
  ];
  return sections
    .filter((text) => text !== null)
    .map(plainText)
    .join("\n\n");
}

/** `Message from Jane Doe`, or from the number if only that is known. */
export function taskName({ content: { contact, caller } }: PhoneLogSource): string {
  const name = contact?.name ?? caller;
  return name === null
    ? "Message from a caller"
    : `Message from ${plainText(name.slice(0, MAX_NAME_LENGTH))}`;
}

/** Ends with the call's ID, by which the task is found again. */
export function taskDescription(source: PhoneLogSource, timeZone: string): string {
  const { at, content, texts, id } = source;
  return [
    texts.message,
    factsOf(content, content.report?.startedAt ?? at, timeZone).join("\n"),
    `Reference: ${id}`,
  ]
    .filter((text) => text !== null)
    .map(plainText)
    .join("\n\n");
}

function factsOf({ caller, person, away, report }: CallContent, at: number, timeZone: string): string[] {
  const facts: [string, string | null | undefined][] = [
    ["Caller's number", caller],
    ["Name given", report?.name],
    ["Matter asked about", report?.matter],
    ["Asked for", away?.name ?? person?.name],
    ["Away, taken by", away && person?.name],
    ["Transferred to", report?.transferredTo],
    ["Time", formatCallTime(at, timeZone)],
    ["Duration", formatDuration(report?.durationSeconds ?? null)],
    ["Recording", report?.recordingUrl],
  ];
  return facts.flatMap(([label, value]) => (value ? [`${label}: ${oneLine(value)}`] : []));
}

function section(title: string, text: string | null): string | null {
  return text === null ? null : `${title}:\n${text}`;
}

function formatCallTime(at: number, timeZone: string): string {
  return new Intl.DateTimeFormat("en", {
    year: "numeric",
    month: "long",
    day: "numeric",
    hour: "numeric",
    minute: "2-digit",
    timeZoneName: "short",
    timeZone,
  }).format(at);
}

function formatDuration(seconds: number | null): string | null {
  if (seconds === null) return null;
  const minutes = Math.floor(seconds / 60);
  return minutes === 0 ? `${seconds} s` : `${minutes} min ${seconds % 60} s`;
}

/** A caller's words must not look like another line of facts. */
function oneLine(text: string): string {
  return text.replace(/\s+/g, " ");
}

/**
 * Without control characters, and without those that change the direction of the text around them. Half a character, which
 * isn't valid in JSON that is UTF-8, becomes a replacement character: Clio would refuse the phone log.
 */
function plainText(text: string): string {
  return text
    .toWellFormed()
    .replaceAll("\r\n", "\n")
    .replace(/[\p{Cc}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu, (character) =>
      character === "\n" || character === "\t" ? character : "",
    );
}

/**
 * The next day that isn't a Saturday or Sunday, as `2026-06-01`.
 * @param timeZone an IANA name: where it is that day
 */
export function nextWeekday(at: number, timeZone: string): string {
  // In the Swedish format, dates are ISO 8601.
  const today = new Intl.DateTimeFormat("sv", { timeZone }).format(at);
  const day = new Date(`${today}T12:00:00Z`);
  do day.setUTCDate(day.getUTCDate() + 1);
  while (day.getUTCDay() === 0 || day.getUTCDay() === 6);
  return day.toISOString().slice(0, 10);
}
