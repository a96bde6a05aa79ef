import { type ExpressionBuilder, sql } from "kysely";
import type { Schema } from "../db/schema.ts";

const UNLOGGED_STATES = ["waiting", "needs_choice", "failed"] as const;

/**
 * Calls that wait for Clio or for a user's decision. Add this to a narrower condition on `log_state`: SQLite uses the index of
 * these calls only for a query that contains the index's own condition, with its values and not with parameters.
 */
export function isUnlogged(eb: ExpressionBuilder<Schema, "calls">) {
  return eb(
    "log_state",
    "in",
    UNLOGGED_STATES.map((state) => sql.lit(state)),
  );
}
