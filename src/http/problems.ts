import type { ErrorRequestHandler } from "express";
import { InternalError, InvalidRequestError, ServiceError, TooLargeError } from "../errors.ts";
import { redactError } from "../runtime/redact-error.ts";
import type { Views } from "../views/views.ts";
import { problemBody } from "./problem-body.ts";
import { problemAdvice, problemLinks } from "./problem-links.ts";

/** Turns any error into a response: `application/problem+json`, or a page (docs/reference/errors.md). */
export function problemResponses(views: Views): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    const problem = toServiceError(error);
    response.locals.problemCode = problem.code;
    if (problem instanceof InternalError) response.locals.fault = redactError(error);
    // With half a response sent, Express can only break the connection.
    if (response.headersSent) return next(error);

    response.status(problem.status).set("Cache-Control", "no-store");
    const { retryAfter, allow, title = problem.title } = problem.options;
    if (retryAfter !== undefined) response.set("Retry-After", String(retryAfter));
    if (allow !== undefined) response.set("Allow", allow);
    if (problem.status === 401) response.set("WWW-Authenticate", "Bearer");
    const { requestId, isPage, hasErrorPages, currentUser } = response.locals;
    if (isPage || hasErrorPages) {
      const { detail } = problem;
      const advice = problemAdvice(problem, request);
      const links = problemLinks(problem, request, response);
      const signedIn = currentUser !== undefined;
      response.send(views.problem({ title, detail, advice, links, requestId, signedIn }));
    } else response.type("application/problem+json").json(problemBody(problem, requestId));
  };
}

function toServiceError(error: unknown): ServiceError {
  if (error instanceof ServiceError) return error;
  if (isClientError(error)) {
    if (error.status === 413)
      return new TooLargeError("The form has more text than the service takes.", { cause: error });
    return new InvalidRequestError("The request's address or body is malformed.", { cause: error });
  }
  return new InternalError(error);
}

/** What Express and its body parsers throw for a malformed request: an error with a 4xx status. */
function isClientError(error: unknown): error is Error & { status: number } {
  if (!(error instanceof Error) || !("status" in error) || typeof error.status !== "number") return false;
  return error.status >= 400 && error.status < 500;
}
