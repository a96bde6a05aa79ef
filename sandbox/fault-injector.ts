import { setTimeout as wait } from "node:timers/promises";
import type { NextFunction, Request, Response } from "express";
import { ClioError } from "./api/clio-error.ts";
import { type Random, seededRandom } from "./firms/random.ts";

export const FAULT_KINDS = [
  "latency",
  "status",
  "hang",
  "hang_body",
  "reset",
  "lose_response",
  "broken_json",
  "wrong_shape",
] as const;

/** Which requests a fault applies to. Without a path or method: any request. */
export interface FaultTarget {
  /** A prefix of the path, or a pattern for path and query. */
  path?: string | RegExp;
  method?: string;
  /** How many matching requests; default 1. Infinity: until cleared. */
  times?: number;
  /** The share of matching requests it applies to, at random; default 1, every one. */
  probability?: number;
}

export type Fault = FaultTarget &
  (
    | { kind: "latency"; ms: number }
    /**
     * An error status. `body` replaces Clio's error envelope, for example with the token endpoint's `{"error":"…"}`.
     */
    | { kind: "status"; status: number; retryAfter?: number; body?: unknown }
    /** Accepts the request and never responds. */
    | { kind: "hang" }
    /** Sends the headers and half of the body, then stalls. */
    | { kind: "hang_body" }
    /** Resets the connection without handling the request. */
    | { kind: "reset" }
    /** Handles the request, and resets the connection instead of sending the response. */
    | { kind: "lose_response" }
    /** 200 with truncated JSON. */
    | { kind: "broken_json" }
    /** 200 with valid JSON that Clio would never send. */
    | { kind: "wrong_shape"; body?: unknown }
  );

const HALF_A_BODY = '{"data":[{"id":1,"na';

/**
 * Faults waiting for requests, in the order they were added. A request gets the first fault that matches it; a latency
 * delays the request and lets the next matching fault apply as well.
 */
export class FaultInjector {
  readonly #random: Random;
  #waiting: { fault: Fault; left: number }[] = [];

  constructor(random: Random = seededRandom(1)) {
    this.#random = random;
  }

  add(fault: Fault): void {
    this.#waiting.push({ fault, left: fault.times ?? 1 });
  }

  clear(): void {
    this.#waiting = [];
  }

  /** Middleware that applies the matching faults. */
  async handle(request: Request, response: Response, next: NextFunction): Promise<void> {
    if (this.#waiting.length === 0) return next();
    for (const fault of this.#take(request)) {
      if (fault.kind === "latency") await wait(fault.ms, undefined, { ref: false });
      else if (fault.kind === "lose_response") loseResponse(request, response);
      else return apply(fault, request, response);
    }
    if (!request.socket.destroyed) next();
  }

  /** Uses up the faults for this request: latencies, and at most one fault that ends it. */
  #take({ originalUrl, method }: Request): Fault[] {
    const taken: Fault[] = [];
    for (const waiting of this.#waiting) {
      const { probability = 1 } = waiting.fault;
      if (!matches(waiting.fault, originalUrl, method) || !this.#random.chance(probability)) continue;
      waiting.left -= 1;
      taken.push(waiting.fault);
      if (waiting.fault.kind !== "latency") break;
    }
    this.#waiting = this.#waiting.filter(({ left }) => left > 0);
    return taken;
  }
}

function matches({ path, method }: FaultTarget, url: string, requestMethod: string): boolean {
  if (method !== undefined && method.toUpperCase() !== requestMethod) return false;
  if (path === undefined) return true;
  return typeof path === "string" ? url.startsWith(path) : url.search(path) >= 0;
}

function loseResponse(request: Request, response: Response): void {
  response.end = () => {
    request.socket.resetAndDestroy();
    return response;
  };
}

function apply(
  fault: Exclude<Fault, { kind: "latency" | "lose_response" }>,
  request: Request,
  response: Response,
): void {
  switch (fault.kind) {
    case "status":
      if (fault.retryAfter !== undefined) response.setHeader("Retry-After", fault.retryAfter);
      response
        .status(fault.status)
        .json(fault.body ?? new ClioError(fault.status, errorTypeOf(fault.status), "Sandbox fault."));
      break;
    case "hang":
      break;
    case "hang_body":
      response.writeHead(200, {
        "Content-Type": "application/json",
        "Content-Length": HALF_A_BODY.length * 2,
      });
      response.write(HALF_A_BODY);
      break;
    case "reset":
      request.socket.resetAndDestroy();
      break;
    case "broken_json":
      response.type("json").send(HALF_A_BODY);
      break;
    case "wrong_shape":
      response.json(fault.body ?? { items: [{ key: "value" }] });
      break;
  }
}

function errorTypeOf(status: number): string {
  return status === 429 ? "RateLimited" : status < 500 ? "ArgumentError" : "InternalServerError";
}
