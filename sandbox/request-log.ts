import type { NextFunction, Request, Response } from "express";

/** One request the sandbox received. It never contains a token. */
export interface RecordedRequest {
  readonly method: string;
  /** With the query string, as sent. */
  readonly path: string;
  /** Milliseconds since 1970, by the sandbox's clock. */
  readonly at: number;
  /** Null until the response is sent. */
  status: number | null;
  /** Whether it had an `Authorization` header. */
  readonly authorized: boolean;
  /** The user of its access token; null without a valid one. */
  readonly userId: number | null;
}

const MAX_REQUESTS = 10_000;

/** The last 10,000 requests, and the total number by path. */
export class RequestLog {
  readonly requests: RecordedRequest[] = [];
  /** By path, without the query and `.json`, with IDs replaced: `/api/v4/contacts/:id`. */
  readonly counts = new Map<string, number>();
  readonly #now: () => number;
  readonly #userOf: (request: Request) => number | null;

  constructor(now: () => number, userOf: (request: Request) => number | null) {
    this.#now = now;
    this.#userOf = userOf;
  }

  /** Middleware that records the request and, once sent, the response's status. */
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
    if (this.requests.push(recorded) > MAX_REQUESTS) this.requests.shift();
    const key = request.path.replace(/\.json$/, "").replace(/\/\d+(?=\/|$)/g, "/:id");
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
    next();
  }
}
