import pg from "pg";
import { PreparedStatements } from "./prepared-statements.ts";

/**
 * A client class for one pool. Its connections
 * - prepare queries that run often,
 * - don't end the process when they break: the running query fails, or the next one,
 * - are closed when a query times out, because the next query on them would wait for the same answer.
 */
export function pooledClient(): typeof pg.Client {
  const prepared = new PreparedStatements();
  return class extends pg.Client {
    constructor(config?: pg.ClientConfig) {
      super(config);
      // While a connection is in use, the pool doesn't listen, and an "error" without a listener ends the process.
      this.on("error", () => {});
    }

    // biome-ignore lint/suspicious/noExplicitAny: `query` has eight signatures, and this one stands for all of them
    override query(text: any, values?: any, callback?: any): any {
      // biome-ignore lint/suspicious/noExplicitAny: as above
      const run = (...parameters: unknown[]) => (super.query as any)(...parameters);
      const isPlain = typeof text === "string" && Array.isArray(values) && callback === undefined;
      const name = isPlain ? prepared.nameFor(text) : undefined;
      const result = name === undefined ? run(text, values, callback) : run({ name, text, values });
      if (!(result instanceof Promise)) return result;
      return result.catch((error: unknown) => {
        if (isQueryTimeout(error)) void this.end();
        if (name === undefined || !isOutdatedPlan(error)) throw error;
        prepared.disable(text);
        return run(text, values);
      });
    }
  };
}

function isQueryTimeout(error: unknown): boolean {
  return error instanceof Error && error.message === "Query read timeout";
}

/** A newer version of the service changed the table (`0A000`, "cached plan must not change result type"). */
function isOutdatedPlan(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === "0A000";
}
