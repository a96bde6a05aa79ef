import { describeAnswer } from "./last-request-text.ts";
import type { FirmStatus } from "./setup-status.ts";

/** What a screen reader says when it changes while the page is open. */
export function describeLive({ progress, lastRequest, directory: { state } }: FirmStatus): string {
  const request = lastRequest
    ? `A request from Upfirst has arrived. ${describeAnswer(lastRequest)}`
    : "No request from Upfirst yet.";
  const done = progress.current === null ? "All steps are done." : "";
  const isReading = "reading" in state && state.reading !== null;
  return `${request} ${done} ${isReading ? "Contacts and matters are being copied." : "Nothing is being copied."}`;
}
