import type { Request, RequestHandler } from "express";
import { type Budget, startBudget } from "../budget.ts";
import { budgetOf } from "./locals.ts";

/** Who asks, and what the answer may cost. */
export interface Call {
  readonly firmId: string;
  readonly budget: Budget;
}

/**
 * Starts the clock of a receptionist request, at the moment it comes in.
 * @param milliseconds the setting `ANSWER_DEADLINE_MS`
 */
export function answerBy(milliseconds: number): RequestHandler {
  return (_, response, next) => {
    response.locals.budget = startBudget(milliseconds);
    next();
  };
}

/**
 * A route that the receptionist calls: its answer is JSON and is never cached. Runs behind `answerBy`, and behind
 * `bearerKey`, which says whose call it is.
 */
export function receptionistRoute(answer: (request: Request, call: Call) => Promise<object>): RequestHandler {
  return async (request, response) => {
    const { firmId } = response.locals;
    if (!firmId) throw new TypeError("the route runs without a bearer key");
    const call = { firmId, budget: budgetOf(response) };
    response.set("Cache-Control", "no-store").json(await answer(request, call));
  };
}
