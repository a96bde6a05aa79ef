/**
 * Preloaded into a measured process (`node --import`): reports what the process has used so far, on the port `PROBE_PORT`. The
 * process is not kept alive by it.
 */
import { createServer } from "node:http";
import { executedQueries } from "../../testkit/sqlite-queries.ts";
import type { ResourceUsage } from "./process-probe.ts";

const server = createServer((_, response) => {
  const { user, system } = process.cpuUsage();
  const usage: ResourceUsage = { cpuMicroseconds: user + system, queries: executedQueries() };
  response.end(JSON.stringify(usage));
});
server.listen(Number(process.env.PROBE_PORT), "127.0.0.1").unref();
