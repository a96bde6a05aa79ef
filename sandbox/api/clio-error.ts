/**
 * A refusal in Clio's own envelope, `{"error":{"type":"…","message":"…"}}`. Thrown anywhere while a request
 * to the API is handled; the API's last middleware answers with it.
 */
export class ClioError extends Error {
  readonly status: number;
  readonly type: string;

  constructor(status: number, type: string, message: string) {
    super(message);
    this.status = status;
    this.type = type;
  }

  /** The body Clio sends with it. */
  toJSON(): { error: { type: string; message: string } } {
    return { error: { type: this.type, message: this.message } };
  }
}

/** 400: a parameter that cannot be read, an unknown field, a second level of braces. */
export function argumentError(message: string): ClioError {
  return new ClioError(400, "ArgumentError", message);
}

/** 401: no access token, or one that is unknown, revoked or expired. */
export function unauthorized(): ClioError {
  return new ClioError(401, "Unauthorized", "The access token is missing, expired or revoked.");
}

/** 403: the app, or the user, lacks a permission. */
export function forbidden(permission: string): ClioError {
  return new ClioError(403, "Forbidden", `The ${permission} permission is missing.`);
}

/** 403: the nonce of a custom action proves no click of the token's user. */
export function nonceRefused(): ClioError {
  return new ClioError(403, "Forbidden", "The custom_action_nonce is not valid.");
}

/** 404: no such record, or none that this user may see. */
export function recordNotFound(): ClioError {
  return new ClioError(404, "RecordNotFound", "The requested record could not be found.");
}

/** 422: a value that Clio does not take. */
export function unprocessable(message: string): ClioError {
  return new ClioError(422, "ArgumentError", message);
}

/** 429: the limit of this access token is used up until the window ends. */
export function rateLimited(): ClioError {
  return new ClioError(429, "RateLimited", "The rate limit was exceeded. Try again later.");
}
