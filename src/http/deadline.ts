import type { RequestHandler, Response } from "express";
import { type Budget, startBudget } from "../budget.ts";

/** By when a page is answered, in milliseconds (contract, `ANSWER_DEADLINE_MS`). */
export const PAGE_DEADLINE = 10_000;

/** For so long before the deadline nothing is waited for any more: the answer has to be written, and many may be due at once. */
const WRITING = 100;

/** Starts the clock of a request at the moment it comes in; it stops when the answer is out. */
export function answerWithin(milliseconds: number): RequestHandler {
  return (_, response, next) => {
    const budget = startBudget(milliseconds - Math.min(WRITING, milliseconds / 10));
    response.locals.budget = budget;
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
