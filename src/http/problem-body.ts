import { PROBLEM_MESSAGES } from "../calls/messages.ts";
import type { ServiceError } from "../errors.ts";

/** An error as `application/problem+json` (RFC 9457), with the sentence to the receptionist. */
export function problemBody(problem: ServiceError, requestId: unknown): object {
  return {
    type: `urn:clio-call-router:problem:${problem.code}`,
    title: problem.title,
    status: problem.status,
    detail: problem.detail,
    code: problem.code,
    request_id: requestId,
    message: PROBLEM_MESSAGES[problem.code],
  };
}
