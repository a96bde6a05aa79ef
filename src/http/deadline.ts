import type { RequestHandler, Response } from "express";
import { type RequestContext, startContext } from "../runtime/request-context.ts";
import { withTimeout } from "../runtime/timeout.ts";

/** When a page has to be answered; the receptionist's deadline is the setting `ANSWER_DEADLINE_MS`. */
export const PAGE_DEADLINE_MS = 10_000;

/** Nothing is waited for this close to the deadline: the answer still has to be written, and many may be due at once. */
const WRITING_MS = 100;

/** The store had not answered when the caller was due an answer. */
export class DeadlineExceededError extends Error {
  override readonly name = "DeadlineExceededError";
  readonly code = "answer_overdue";

  constructor() {
    super("the store had not answered when the answer was due");
  }
}

/**
 * Starts a request's context when the request comes in, and closes it when the answer is out.
 * @param milliseconds until the answer is due
 */
export function deadline(milliseconds: number): RequestHandler {
  return (_, response, next) => {
    const writing = Math.min(WRITING_MS, milliseconds / 10);
    const context = startContext(milliseconds - writing);
    response.locals.context = context;
    response.locals.due = performance.now() + milliseconds - writing / 2;
    response.once("close", () => context.close());
    next();
  };
}

/** The request's context. Throws where `app.ts` set no deadline before the route. */
export function contextOf(response: Response): RequestContext {
  const { context } = response.locals;
  if (!context) throw new TypeError("the route runs without a deadline");
  return context;
}

/**
 * Settles as `work` does, or rejects with `DeadlineExceededError` when the answer is due. For work that waits for the store,
 * which knows nothing of deadlines. Work that waits for Clio fails a moment earlier, with an error that says so.
 */
export function withinDeadline<T>(response: Response, work: Promise<T>): Promise<T> {
  const { due } = response.locals;
  if (due === undefined) throw new TypeError("the route runs without a deadline");
  return withTimeout(work, Math.max(0, due - performance.now()), () => {
    throw new DeadlineExceededError();
  });
}
