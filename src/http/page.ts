import type { RequestHandler } from "express";
import { startBudget } from "../budget.ts";

const PAGE_DEADLINE = 10_000;

/** Everything below is read by a person in a browser: errors become pages, and Clio has 10 s (contract, settings). */
export const asPage: RequestHandler = (_, response, next) => {
  response.locals.isPage = true;
  response.locals.budget = startBudget(PAGE_DEADLINE);
  response.set({ "Cache-Control": "no-store", "Referrer-Policy": "no-referrer" });
  next();
};
