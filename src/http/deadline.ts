import type { RequestHandler, Response } from "express";
import { type RequestContext, startContext } from "../runtime/request-context.ts";
import { withTimeout } from "../runtime/timeout.ts";

/** The receptionist's deadline is the setting `ANSWER_DEADLINE_MS`. */
export const PAGE_DEADLINE_MS = 10_000;

/** Kept free before the deadline: the response still has to be written, and many can be due at once. */
const WRITE_MARGIN_MS = 100;

/** A request's context, together with the moment by which its response must be ready. */
export interface ResponseContext extends RequestContext {
  /**
   * On the monotonic clock (`performance.now`), in milliseconds. Slightly after the context's own deadline, so that work
   * that waits for Clio fails first, with an error that says so.
   */
  readonly respondBy: number;
}

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
 * Starts the request's context, and closes it once the response is sent.
 * @param timeoutMs from now until the response must be sent
 */
export function deadline(timeoutMs: number): RequestHandler {
  return (_, response, next) => {
    const margin = Math.min(WRITE_MARGIN_MS, timeoutMs / 10);
    const respondBy = performance.now() + timeoutMs - margin / 2;
    const context = Object.assign(startContext(timeoutMs - margin), { respondBy });
    response.locals.context = context;
    response.once("close", () => context.close());
    next();
  };
}

/** The request's context. Throws a `TypeError` if `app.ts` doesn't put `deadline` before the route. */
export function contextOf(response: Response): ResponseContext {
  const { context } = response.locals;
  if (!context) throw new TypeError("the route runs without a deadline");
  return context;
}

/**
 * Settles as `work` does, or rejects with `DeadlineExceededError` when the response is due. For work that waits for the
 * store, which knows nothing of deadlines.
 */
export function withinDeadline<T>(response: Response, work: Promise<T>): Promise<T> {
  const { respondBy } = contextOf(response);
  return withTimeout(work, Math.max(0, respondBy - performance.now()), () => {
    throw new DeadlineExceededError();
  });
}
