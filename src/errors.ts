/**
 * Every error that reaches a caller, one class for each code in docs/reference/errors.md. `http/problems.ts` turns them
 * into responses. A `detail` is shown to the reader of the response, so it never contains anything about a caller, a
 * client or a token; the underlying error stays in `cause`.
 */

import type { ProblemCode } from "./calls/messages.ts";

interface ProblemOptions {
  cause?: unknown;
  /** Seconds, whole, until the client should try again. */
  retryAfter?: number;
  /** The methods that the route accepts, for the `Allow` header. */
  allow?: string;
  /** Pages only: a heading that replaces the class's own. */
  title?: string;
  /** Pages only: the link to continue with. */
  next?: { href: string; label: string };
}

/** The base of all errors that reach a caller; never thrown itself. */
export abstract class ServiceError extends Error {
  abstract readonly code: ProblemCode;
  abstract readonly status: number;
  abstract readonly title: string;
  readonly options: Omit<ProblemOptions, "cause">;

  constructor(detail: string, { cause, ...options }: ProblemOptions = {}) {
    super(detail, { cause });
    this.name = new.target.name;
    this.options = options;
  }

  /** One or two sentences for the reader of the response: what is wrong, and what would be right. */
  get detail(): string {
    return this.message;
  }
}

/** A parameter is missing or unreadable; the detail names it. */
export class InvalidRequestError extends ServiceError {
  readonly code = "invalid_request";
  readonly status = 400;
  readonly title = "Invalid request";
}

/** No API key, or an unknown one; for data rather than a page, no session; on a webhook, no valid signature. */
export class UnauthorizedError extends ServiceError {
  readonly code = "unauthorized";
  readonly status = 401;
  readonly title = "Authentication required";
}

/** Pages only, such as a declined consent or a wrong setup link. */
export class ForbiddenError extends ServiceError {
  readonly code = "forbidden";
  readonly status = 403;
  readonly title = "Access denied";
}

/** No such route; on a page, a record that Clio doesn't have. */
export class NotFoundError extends ServiceError {
  readonly code = "not_found";
  readonly status = 404;
  readonly title = "Not found";
}

/** The route exists, but not for this method. */
export class MethodNotAllowedError extends ServiceError {
  readonly code = "method_not_allowed";
  readonly status = 405;
  readonly title = "Method not allowed";
}

/** `UPFIRST_API_KEY` was used while several firms are admitted, so it doesn't identify one. */
export class FirmAmbiguousError extends ServiceError {
  readonly code = "firm_ambiguous";
  readonly status = 409;
  readonly title = "The API key doesn't identify a firm";
}

/** The body is larger than the endpoint takes. */
export class TooLargeError extends ServiceError {
  readonly code = "too_large";
  readonly status = 413;
  readonly title = "Too large";
}

/** Too many failed attempts or unconfirmed clicks, from one address or for one user. */
export class TooManyRequestsError extends ServiceError {
  readonly code = "too_many_requests";
  readonly status = 429;
  readonly title = "Too many failed attempts";
}

/** Clio can't be reached, or its response is unusable. */
export class ClioError extends ServiceError {
  readonly code = "clio_error";
  readonly status = 502;
  readonly title = "Couldn't get data from Clio";
}

/** Clio's 422: the request was understood and refused. */
export class ClioUnprocessableError extends ClioError {}

/** No firm is admitted, or no user of the firm is connected. */
export class ClioNotConnectedError extends ServiceError {
  readonly code = "clio_not_connected";
  readonly status = 503;
  readonly title = "Clio isn't connected";
}

/** Clio's 403: the app or the user lacks a permission; the detail names it. */
export class ClioPermissionError extends ServiceError {
  readonly code = "clio_permission";
  readonly status = 503;
  readonly title = "A permission is missing in Clio";
}

/** Clio's request limit is used up, for `retryAfter` seconds. */
export class ClioRateLimitedError extends ServiceError {
  readonly code = "clio_rate_limited";
  readonly status = 503;
  readonly title = "Clio's request limit is reached";
}

/** Clio didn't respond, or not with every page needed, before the deadline. */
export class ClioTimeoutError extends ServiceError {
  readonly code = "clio_timeout";
  readonly status = 504;
  readonly title = "Clio took too long to respond";
}

/** A fault in this service. The response says nothing about its cause. */
export class InternalError extends ServiceError {
  readonly code = "internal_error";
  readonly status = 500;
  readonly title = "Something went wrong";

  constructor(cause: unknown) {
    super("The service couldn't handle this request. The operator can find the cause in the log.", { cause });
  }
}
