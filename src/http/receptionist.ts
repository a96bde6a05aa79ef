import type { Request, RequestHandler } from "express";
import type { Budget } from "../budget.ts";
import { budgetOf, inTime } from "./deadline.ts";

/** Who asks, and what the answer may cost. */
export interface Call {
  readonly firmId: string;
  readonly budget: Budget;
}

/** What a route answers to one query, as JSON. */
export type Answer = (query: Request["query"], call: Call) => Promise<object>;

/**
 * A route that the receptionist calls: its answer is JSON and is never cached. Runs behind `answerWithin`, and behind
 * `bearerKey`, which says whose call it is.
 */
export function receptionistRoute(answer: Answer): RequestHandler {
  return async ({ query }, response) => {
    const { firmId } = response.locals;
    if (!firmId) throw new TypeError("the route runs without a bearer key");
    const call = { firmId, budget: budgetOf(response) };
    response.set("Cache-Control", "no-store").json(await inTime(response, answer(query, call)));
  };
}
