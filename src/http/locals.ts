import type { Response } from "express";
import type { Budget } from "../budget.ts";
import type { FaultSummary } from "./fault-summary.ts";

declare global {
  namespace Express {
    /** What the steps of one request leave for the next ones, and for the log line at its end. */
    interface Locals {
      /** What the request may spend; set for everything that may ask Clio. */
      budget?: Budget;
      /** The firm whose key or session came with the request. */
      firmId?: string;
      /** Whether a person reads the answer in a browser. */
      isPage?: boolean;
      /** The code of the error that was answered. */
      code?: string;
      /** Where a fault of ours came from. */
      fault?: FaultSummary;
    }
  }
}

/** What the request may spend. Throws where no deadline was set before the route: a fault in `app.ts`. */
export function budgetOf(response: Response): Budget {
  const { budget } = response.locals;
  if (!budget) throw new TypeError("the route runs without a deadline");
  return budget;
}
