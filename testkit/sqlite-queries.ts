import { StatementSync } from "node:sqlite";

let executed = 0;

for (const method of ["all", "get", "iterate", "run"] as const) {
  const original = StatementSync.prototype[method] as (...parameters: unknown[]) => unknown;
  Object.assign(StatementSync.prototype, {
    [method](this: StatementSync, ...parameters: unknown[]) {
      executed += 1;
      return original.apply(this, parameters);
    },
  });
}

/** How many SQLite statements this process has run since it imported this module. */
export function executedQueries(): number {
  return executed;
}
