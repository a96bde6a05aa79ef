import { PROBLEM_MESSAGES } from "../calls/messages.ts";
import type { ServiceError } from "../errors.ts";

/** An error as `application/problem+json` (RFC 9457), with the message to the receptionist. */
export function problemBody({ code, title, status, detail }: ServiceError, requestId: unknown): object {
  return {
    type: `urn:clio-call-router:problem:${code}`,
    title,
    status,
    detail,
    code,
    request_id: requestId,
    message: PROBLEM_MESSAGES[code],
  };
}
