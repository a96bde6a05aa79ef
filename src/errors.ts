/**
 * Every way a request can fail, as the contract's table of errors has them: one class for each code.
 * `http/problems.ts` turns them into answers. `detail` is for the person who reads the answer and holds nothing
 * of a caller, a client or a token; what went wrong underneath stays in `cause`.
 */

import type { ProblemCode } from "./calls/messages.ts";

interface Circumstances {
  cause?: unknown;
  /** Whole seconds after which another try makes sense. */
  retryAfter?: number;
  /** The methods a route does answer. */
  allow?: string;
  /** On a page: a heading that fits better than the code's own. */
  title?: string;
  /** On a page: the link by which to go on. */
  next?: { href: string; label: string };
}

/** What all of them share; never thrown itself. */
export abstract class ServiceError extends Error {
  abstract readonly code: ProblemCode;
  abstract readonly status: number;
  abstract readonly title: string;
  readonly circumstances: Omit<Circumstances, "cause">;

  constructor(detail: string, { cause, ...circumstances }: Circumstances = {}) {
    super(detail, { cause });
    this.name = new.target.name;
    this.circumstances = circumstances;
  }

  /** One or two sentences for the reader of the answer: what happened, and what would be right. */
  get detail(): string {
    return this.message;
  }
}

/** A parameter is missing or cannot be read; the detail names it. */
export class InvalidRequestError extends ServiceError {
  readonly code = "invalid_request";
  readonly status = 400;
  readonly title = "Something in the address cannot be read";
}

/** No key, or not one of ours. */
export class UnauthorizedError extends ServiceError {
  readonly code = "unauthorized";
  readonly status = 401;
  readonly title = "A valid key is needed";
}

/** On a page alone: a declined consent, a stranger's firm, a wrong setup token (contract, `GET /oauth/callback`). */
export class ForbiddenError extends ServiceError {
  readonly code = "forbidden";
  readonly status = 403;
  readonly title = "This is not open to you";
}

/** No such route; on a page, a record that Clio does not have. */
export class NotFoundError extends ServiceError {
  readonly code = "not_found";
  readonly status = 404;
  readonly title = "Not found";
}

/** The route is there, but not for this method. */
export class MethodNotAllowedError extends ServiceError {
  readonly code = "method_not_allowed";
  readonly status = 405;
  readonly title = "Method not allowed";
}

/** `UPFIRST_API_KEY` came while several firms are admitted: it does not say which one. */
export class FirmAmbiguousError extends ServiceError {
  readonly code = "firm_ambiguous";
  readonly status = 409;
  readonly title = "The key does not say which firm";
}

/** Too many wrong keys from one address. */
export class TooManyRequestsError extends ServiceError {
  readonly code = "too_many_requests";
  readonly status = 429;
  readonly title = "Too many wrong guesses";
}

/** Clio cannot be reached, or answered with something that is no answer. */
export class ClioError extends ServiceError {
  readonly code = "clio_error";
  readonly status = 502;
  readonly title = "Clio gave no usable answer";
}

/** Clio's 422: the request was read, and what it asks for is refused. */
export class ClioUnprocessableError extends ClioError {}

/** No firm is admitted, or every connection of the firm was revoked. */
export class ClioNotConnectedError extends ServiceError {
  readonly code = "clio_not_connected";
  readonly status = 503;
  readonly title = "Clio is not connected";
}

/** Clio's 403: the app or the user lacks a permission; the detail names it. */
export class ClioPermissionError extends ServiceError {
  readonly code = "clio_permission";
  readonly status = 503;
  readonly title = "Clio does not permit this";
}

/** Clio's limit is used up; `retryAfter` says for how long. */
export class ClioRateLimitedError extends ServiceError {
  readonly code = "clio_rate_limited";
  readonly status = 503;
  readonly title = "Clio's request limit is used up";
}

/** Clio did not answer, or not with every page needed, before the deadline. */
export class ClioTimeoutError extends ServiceError {
  readonly code = "clio_timeout";
  readonly status = 504;
  readonly title = "Clio did not answer in time";
}

/** A fault of ours: nothing of the inside is said. */
export class InternalError extends ServiceError {
  readonly code = "internal_error";
  readonly status = 500;
  readonly title = "Something went wrong here";

  constructor(cause: unknown) {
    super(
      "The service failed to answer. Whoever runs it finds the details in its log, under this request_id.",
      { cause },
    );
  }
}
