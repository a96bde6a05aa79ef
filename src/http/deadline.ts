import type { RequestHandler, Response } from "express";
import { type RequestContext, startContext } from "../runtime/request-context.ts";

/** The receptionist's deadline is the setting `ANSWER_DEADLINE_MS`. */
export const PAGE_DEADLINE_MS = 10_000;

/** How long after its body has arrived a report is answered. */
export const REPORT_DEADLINE_MS = 450;

/** Kept free before the deadline: the response still has to be written, and many can be due at once. */
const WRITE_MARGIN_MS = 100;

/** The store hadn't answered when the response was due. */
export class DeadlineExceededError extends Error {
  override readonly name = "DeadlineExceededError";
  /** Documented in docs/reference/metrics-and-logs.md. */
  readonly code = "answer_overdue";

  constructor() {
    super("the store had not answered when the response was due");
  }
}

/**
 * Starts the request's context and the response's deadline, and ends both once the response is sent.
 * @param timeoutMs from now until the response must be sent
 */
export function deadline(timeoutMs: number): RequestHandler {
  const margin = Math.min(WRITE_MARGIN_MS, timeoutMs / 10);
  return (_, response, next) => {
    const context = startContext(timeoutMs - margin);
    // After the context's own deadline, so that work that waits for Clio fails first, with an error that says so.
    const responseDeadline = new ResponseDeadline(timeoutMs - margin / 2);
    response.locals.context = context;
    response.locals.responseDeadline = responseDeadline;
    response.on("close", () => {
      context.close();
      responseDeadline.close();
    });
    next();
  };
}

/** The request's context. Throws a `TypeError` if `app.ts` doesn't put `deadline` before the route. */
export function contextOf(response: Response): RequestContext {
  const { context } = response.locals;
  if (!context) throw new TypeError("the route runs without a deadline");
  return context;
}

/**
 * Settles as `work` does, or rejects with `DeadlineExceededError` when the response is due. For work that waits for the
 * store, which knows nothing of deadlines. Throws a `TypeError` if `app.ts` doesn't put `deadline` before the route.
 */
export function withinDeadline<T>(response: Response, work: Promise<T>): Promise<T> {
  const { responseDeadline } = response.locals;
  if (!responseDeadline) throw new TypeError("the route runs without a deadline");
  return responseDeadline.race(work);
}

/** The moment by which a response must be ready. A single timer serves everything that the request waits for. */
export class ResponseDeadline {
  readonly #timer: NodeJS.Timeout;
  readonly #waiting: (() => void)[] = [];
  #isOver = false;

  constructor(timeoutMs: number) {
    this.#timer = setTimeout(() => {
      this.#isOver = true;
      for (const reject of this.#waiting) reject();
    }, timeoutMs);
  }

  /** Settles as `work` does, or rejects with `DeadlineExceededError` at the deadline. The work itself goes on. */
  race<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const rejectAtDeadline = () => reject(new DeadlineExceededError());
      if (this.#isOver) rejectAtDeadline();
      else this.#waiting.push(rejectAtDeadline);
      work.then(resolve, reject);
    });
  }

  close(): void {
    clearTimeout(this.#timer);
  }
}
