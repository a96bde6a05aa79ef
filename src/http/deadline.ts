import type { RequestHandler, Response } from "express";
import { type Budget, startBudget } from "../budget.ts";

/** By when a page is answered, in milliseconds (contract, `ANSWER_DEADLINE_MS`). */
export const PAGE_DEADLINE = 10_000;

/** Starts the clock of a request at the moment it comes in; it stops when the answer is out. */
export function answerWithin(milliseconds: number): RequestHandler {
  return (_, response, next) => {
    const budget = startBudget(milliseconds);
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
