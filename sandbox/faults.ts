import { setTimeout as wait } from "node:timers/promises";
import express, { type NextFunction, type Request, type Response, Router } from "express";
import { ClioError } from "./api/clio-error.ts";

/** Which requests a fault befalls: every one where nothing is said. */
export interface FaultTarget {
  /** The beginning of the path, or a pattern for path and query. */
  path?: string | RegExp;
  method?: string;
  /** For how many matching requests; default 1, Infinity until cleared. */
  times?: number;
}

/** Something that goes wrong on the way. */
export type Fault = FaultTarget &
  (
    | { kind: "latency"; ms: number }
    /** An error status. `body` stands in for Clio's envelope, for the token endpoint's `{"error":"…"}` say. */
    | { kind: "status"; status: number; retryAfter?: number; body?: unknown }
    /** Takes the request and never answers. */
    | { kind: "hang" }
    /** Sends headers and half a body, and no more. */
    | { kind: "hang_body" }
    /** The connection is reset. */
    | { kind: "reset" }
    /** 200 with JSON that breaks off. */
    | { kind: "broken_json" }
    /** 200 with good JSON that is nothing Clio would say. */
    | { kind: "wrong_shape"; body?: unknown }
  );

const HALF_A_BODY = '{"data":[{"id":1,"na';
const KINDS = ["latency", "status", "hang", "hang_body", "reset", "broken_json", "wrong_shape"];

/**
 * The faults that are to come, in the order they were asked for. A request meets the first one that matches
 * it; a latency delays it and leaves it to the next.
 */
export class Faults {
  #waiting: { fault: Fault; left: number }[] = [];

  add(fault: Fault): void {
    this.#waiting.push({ fault, left: fault.times ?? 1 });
  }

  clear(): void {
    this.#waiting = [];
  }

  /** Middleware: lets a request through, late or not at all. */
  async befall(request: Request, response: Response, next: NextFunction): Promise<void> {
    if (this.#waiting.length === 0) return next();
    for (const fault of this.#take(request)) {
      if (fault.kind !== "latency") return act(fault, request, response);
      await wait(fault.ms, undefined, { ref: false });
    }
    if (!request.socket.destroyed) next();
  }

  /** Counts the faults that this request meets: latencies, and at most one that ends it. */
  #take({ originalUrl, method }: Request): Fault[] {
    const met: Fault[] = [];
    for (const waiting of this.#waiting) {
      if (!matches(waiting.fault, originalUrl, method)) continue;
      waiting.left -= 1;
      met.push(waiting.fault);
      if (waiting.fault.kind !== "latency") break;
    }
    this.#waiting = this.#waiting.filter(({ left }) => left > 0);
    return met;
  }
}

/**
 * `POST /sandbox/faults` with a fault as JSON (`path` a prefix, `times: null` for ever), and
 * `DELETE /sandbox/faults`, for whoever runs in another process. Both answer 204; 400 for what is no fault.
 */
export function faultControls(faults: Faults): Router {
  const router = Router();
  router.post("/sandbox/faults", express.json(), (request, response) => {
    const fault = request.body ?? {};
    if (!isFault(fault)) {
      response
        .status(400)
        .json({ error: `kind must be one of ${KINDS.join(", ")}; latency needs ms, status status.` });
      return;
    }
    faults.add({ ...fault, times: fault.times === null ? Number.POSITIVE_INFINITY : (fault.times ?? 1) });
    response.status(204).end();
  });
  router.delete("/sandbox/faults", (_request, response) => {
    faults.clear();
    response.status(204).end();
  });
  return router;
}

function matches({ path, method }: FaultTarget, url: string, requestMethod: string): boolean {
  if (method !== undefined && method.toUpperCase() !== requestMethod) return false;
  if (path === undefined) return true;
  return typeof path === "string" ? url.startsWith(path) : url.search(path) >= 0;
}

function act(fault: Exclude<Fault, { kind: "latency" }>, request: Request, response: Response): void {
  switch (fault.kind) {
    case "status":
      if (fault.retryAfter !== undefined) response.setHeader("Retry-After", fault.retryAfter);
      response
        .status(fault.status)
        .json(fault.body ?? new ClioError(fault.status, typeOf(fault.status), "Sandbox fault."));
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

function typeOf(status: number): string {
  return status === 429 ? "RateLimited" : status < 500 ? "ArgumentError" : "InternalServerError";
}

function isFault(fault: { kind?: string; ms?: unknown; status?: unknown; path?: unknown }): fault is Fault {
  if (!KINDS.includes(fault.kind ?? "")) return false;
  if (fault.kind === "latency" && typeof fault.ms !== "number") return false;
  if (fault.kind === "status" && typeof fault.status !== "number") return false;
  return fault.path === undefined || typeof fault.path === "string";
}
