import type { LastRequest } from "./setup-lights.ts";
import { describeError } from "./sync-error-text.ts";

/** What the receptionist was told, in a sentence that says nothing about the caller. Empty if it isn't recorded. */
export function describeAnswer({ answer }: LastRequest): string {
  switch (answer?.outcome) {
    case undefined:
      return "";
    case "routed":
      return answer.person === null ? "The call was routed." : `The call was routed to ${answer.person}.`;
    case "asked_back":
      return "The receptionist was told to ask the caller for their name or matter.";
    case "nobody":
      return "No one was found who takes the call, so the receptionist was told to take a message.";
    case "withheld":
      return "The caller's number was withheld, so the receptionist was told to take a message.";
    case "error":
      return answer.errorCode === null
        ? ""
        : (OWN_CAUSES[answer.errorCode] ?? describeError(answer.errorCode).what);
  }
}

/** Errors that have nothing to do with Clio. */
const OWN_CAUSES: Readonly<Record<string, string>> = {
  invalid_request:
    "The caller's number is missing or can't be read. Compare the endpoint and the variable in Upfirst.",
};
