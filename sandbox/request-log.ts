import type { NextFunction, Request, Response } from "express";

/** One request the sandbox received; never a token. */
export interface RecordedRequest {
  readonly method: string;
  /** With the query string, as it was sent. */
  readonly path: string;
  /** Milliseconds since 1970, by the sandbox's clock. */
  readonly at: number;
  /** Null as long as (or for ever where) it was not answered. */
  status: number | null;
  /** Whether an `Authorization` header was there. */
  readonly authorized: boolean;
  /** Whose access token it carried; null where it carried none that was alive. */
  readonly userId: number | null;
}

const KEPT = 10_000;

/** The last 10,000 requests, and how many there were in all, by path. */
export class RequestLog {
  readonly requests: RecordedRequest[] = [];
  /** By path without the query and `.json`, an id in it as `:id`: `/api/v4/contacts/:id`. */
  readonly counts = new Map<string, number>();
  readonly #now: () => number;
  readonly #userOf: (request: Request) => number | null;

  constructor(now: () => number, userOf: (request: Request) => number | null) {
    this.#now = now;
    this.#userOf = userOf;
  }

  /** Middleware. */
  record(request: Request, response: Response, next: NextFunction): void {
    const recorded: RecordedRequest = {
      method: request.method,
      path: request.originalUrl,
      at: this.#now(),
      status: null,
      authorized: request.headers.authorization !== undefined,
      userId: this.#userOf(request),
    };
    response.once("finish", () => {
      recorded.status = response.statusCode;
    });
    if (this.requests.push(recorded) > KEPT) this.requests.shift();
    const key = request.path.replace(/\.json$/, "").replace(/\/\d+(?=\/|$)/g, "/:id");
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
    next();
  }
}
