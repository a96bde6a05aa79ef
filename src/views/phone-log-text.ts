import type { StoredCall } from "../store/repositories/stored-call.ts";

/** What became of a call's phone log, as `/calls` spells it (docs/reference/endpoints.md#get-calls). */
export type PhoneLogState = "logged" | "waiting" | "needs_choice" | "off" | "failed";

/** A platform reports a call within minutes of its end. The service waits as long as a report still joins the call. */
const REPORT_EXPECTED_MS = 2 * 60 * 60_000;

export const PHONE_LOG_LABELS: Readonly<Record<PhoneLogState, string>> = {
  logged: "In Clio",
  waiting: "Waiting",
  needs_choice: "Needs a contact",
  off: "Not in Clio",
  failed: "Failed",
};

/** @param now milliseconds since 1970 */
export function phoneLogState({ log, at }: StoredCall, now: number): PhoneLogState {
  return log?.state ?? (now - at < REPORT_EXPECTED_MS ? "waiting" : "off");
}

/** More about the state, in a sentence; null if there is nothing to add. @param now milliseconds since 1970 */
export function describePhoneLog(call: StoredCall, now: number): string | null {
  const { log, content } = call;
  if (!log)
    return phoneLogState(call, now) === "waiting"
      ? "The end of the call hasn't been reported yet."
      : "The end of the call wasn't reported, so there was nothing to log.";
  switch (log.state) {
    case "logged":
      return null;
    case "off":
      return "No phone log is written for this call.";
    case "needs_choice":
      return content && content.candidateCount > 1
        ? "Several contacts have the caller's number."
        : "No contact has the caller's number.";
    case "waiting":
      return log.error === null
        ? log.step === "task"
          ? "The phone log is in Clio. The task follows."
          : "It will be written to Clio in the background."
        : `${describeFailure(log.error, log.step)} The service tries again automatically.`;
    case "failed":
      return `${describeFailure(log.error ?? "", log.step)} The service no longer tries again automatically.`;
  }
}

function describeFailure(code: string, step: "identify" | "log" | "task" | null): string {
  switch (code) {
    case "clio_permission":
      return `Clio refused: check that the developer app has the permission ${PERMISSIONS_BY_STEP[step ?? "log"]}, and that the lookup account may use it.`;
    case "clio_not_connected":
      return "No user of the firm is connected to Clio.";
    case "clio_rate_limited":
      return "Clio's request limit is reached.";
    case "clio_timeout":
      return "Clio takes too long to respond.";
    case "not_found":
      return "Clio doesn't have the contact or matter anymore.";
    case "internal_error":
      return "An error in this service prevented it. The operator can find the cause in the log.";
    default:
      return "Clio can't be reached, or didn't accept the phone log.";
  }
}

/** What each step of a phone log needs, as Clio's developer portal names it. */
export const PERMISSIONS_BY_STEP = {
  identify: "Contacts and Matters (read)",
  log: "Communications (read and write)",
  task: "Tasks (read and write)",
} as const;
