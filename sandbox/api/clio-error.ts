/**
 * An error response in Clio's envelope, `{"error":{"type":"…","message":"…"}}`. Any code that handles an API request
 * may throw it; the API's last middleware sends it. Source: docs/explanation/how-clio-behaves.md, "Errors".
 */
export class ClioError extends Error {
  readonly status: number;
  readonly type: string;

  constructor(status: number, type: string, message: string) {
    super(message);
    this.status = status;
    this.type = type;
  }

  /** The response body. */
  toJSON(): { error: { type: string; message: string } } {
    return { error: { type: this.type, message: this.message } };
  }
}

/** 400: an invalid parameter, an unknown field, a second level of braces. */
export function argumentError(message: string): ClioError {
  return new ClioError(400, "ArgumentError", message);
}

/** 401: no access token, or one that is unknown, revoked or expired. */
export function unauthorized(): ClioError {
  return new ClioError(401, "Unauthorized", "The access token is missing, expired or revoked.");
}

/** 403: the app or the user lacks a permission. */
export function forbidden(permission: string): ClioError {
  return new ClioError(403, "Forbidden", `The ${permission} permission is missing.`);
}

/** 403: the custom action's nonce doesn't prove a click by the token's user. */
export function invalidNonce(): ClioError {
  return new ClioError(403, "Forbidden", "The custom_action_nonce is not valid.");
}

/** 404: the record does not exist, or this user may not see it. */
export function recordNotFound(): ClioError {
  return new ClioError(404, "RecordNotFound", "The requested record could not be found.");
}

/** 412: the record has changed since the app read it. */
export function preconditionFailed(): ClioError {
  return new ClioError(412, "PreconditionFailed", "The record has changed. Read it again.");
}

/** 422: a value that Clio rejects. */
export function unprocessable(message: string): ClioError {
  return new ClioError(422, "ArgumentError", message);
}

/** 429: this access token has used up its limit for the current window. */
export function rateLimited(): ClioError {
  return new ClioError(429, "RateLimited", "The rate limit was exceeded. Try again later.");
}
