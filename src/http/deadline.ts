import type { RequestHandler, Response } from "express";
import { type Budget, startBudget } from "../budget.ts";

/** By when a page is answered, in milliseconds (contract, `ANSWER_DEADLINE_MS`). */
export const PAGE_DEADLINE = 10_000;

/** For so long before the deadline nothing is waited for any more: the answer has to be written, and many may be due at once. */
const WRITING = 100;

/** The store did not answer by the moment at which the caller had to be told something. */
export class AnswerOverdue extends Error {
  override readonly name = "AnswerOverdue";
  readonly code = "answer_overdue";

  constructor() {
    super("nothing was there to answer with when the answer was due");
  }
}

/** Starts the clock of a request at the moment it comes in; it stops when the answer is out. */
export function answerWithin(milliseconds: number): RequestHandler {
  return (_, response, next) => {
    const writing = Math.min(WRITING, milliseconds / 10);
    const budget = startBudget(milliseconds - writing);
    response.locals.budget = budget;
    response.locals.due = performance.now() + milliseconds - writing / 2;
    response.once("close", budget.close);
    next();
  };
}

/** What the request may spend. Throws where no deadline was set before the route: a fault in `app.ts`. */
export function budgetOf(response: Response): Budget {
  const { budget } = response.locals;
  if (!budget) throw new TypeError("the route runs without a deadline");
  return budget;
}

/**
 * Settles as `work` does, or rejects with `AnswerOverdue` when the answer is due: for what waits for the store, which knows
 * of no budget. What waits for Clio has ended a moment before, with an error that says so.
 */
export async function inTime<T>(response: Response, work: Promise<T>): Promise<T> {
  const { due } = response.locals;
  if (due === undefined) throw new TypeError("the route runs without a deadline");
  let timer: NodeJS.Timeout | undefined;
  const overdue = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new AnswerOverdue()), Math.max(0, due - performance.now()));
  });
  return Promise.race([work, overdue]).finally(() => clearTimeout(timer));
}
