import type { ErrorRequestHandler, RequestHandler } from "express";
import {
  InternalError,
  InvalidRequestError,
  MethodNotAllowedError,
  NotFoundError,
  ServiceError,
} from "../errors.ts";
import { redactError } from "../runtime/redact-error.ts";
import type { Views } from "../views/views.ts";
import { problemBody } from "./problem-body.ts";

/**
 * Turns whatever a route threw into the contract's answer: `application/problem+json`, or a page where a person reads
 * it in a browser.
 */
export function problemResponses(views: Views): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    const problem = problemOf(error);
    response.locals.code = problem.code;
    if (problem instanceof InternalError) response.locals.fault = redactError(error);
    // Half an answer is out already: all that is left is to break the connection.
    if (response.headersSent) return next(error);

    response.status(problem.status).set("Cache-Control", "no-store");
    const { retryAfter, allow, title = problem.title, next: wayOn } = problem.circumstances;
    if (retryAfter !== undefined) response.set("Retry-After", String(retryAfter));
    if (allow !== undefined) response.set("Allow", allow);
    if (problem.status === 401) response.set("WWW-Authenticate", "Bearer");
    if (response.locals.isPage)
      response.send(views.problem({ title, detail: problem.detail, requestId: request.id, next: wayOn }));
    else response.type("application/problem+json").json(problemBody(problem, request.id));
  };
}

/** Whatever was thrown, as one of the contract's errors. */
export function problemOf(error: unknown): ServiceError {
  if (error instanceof ServiceError) return error;
  if (isUnreadableRequest(error))
    return new InvalidRequestError(
      "The request cannot be read: its address or its body is broken, or too large.",
      {
        cause: error,
      },
    );
  return new InternalError(error);
}

/** What Express and its body parsers throw at a request that is none: an error with a status of the 400s. */
function isUnreadableRequest(error: unknown): boolean {
  if (!(error instanceof Error) || !("status" in error) || typeof error.status !== "number") return false;
  return error.status >= 400 && error.status < 500;
}

/** For an address that no route has; a person who opens it in a browser gets a page. */
export const unknownRoute: RequestHandler = (request, response) => {
  response.locals.isPage = request.accepts(["json", "html"]) === "html";
  throw new NotFoundError("There is nothing at this address.");
};

/** For a route that answers other methods than this one. */
export function allowMethods(...methods: string[]): RequestHandler {
  const allow = methods.join(", ");
  return ({ method }, _, next) => {
    if (methods.includes(method)) return next();
    throw new MethodNotAllowedError(`This address answers ${allow} alone, not ${method}.`, { allow });
  };
}
