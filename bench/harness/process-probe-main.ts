/**
 * Preloaded into a measured process (`node --import`): reports what the process has used so far, and profiles it, on the port
 * `PROBE_PORT`. The process is not kept alive by it.
 */
import { createServer } from "node:http";
import { Session } from "node:inspector/promises";
import { executedQueries } from "../../testkit/sqlite-queries.ts";
import type { ResourceUsage } from "./process-probe.ts";

const PROFILE_INTERVAL_MICROSECONDS = 200;

const inspector = new Session();
inspector.connect();

async function respond(path: string | undefined): Promise<object> {
  switch (path) {
    case "/start-profile":
      await inspector.post("Profiler.enable");
      await inspector.post("Profiler.setSamplingInterval", { interval: PROFILE_INTERVAL_MICROSECONDS });
      await inspector.post("Profiler.start");
      return {};
    case "/stop-profile":
      return (await inspector.post("Profiler.stop")).profile;
    default: {
      const { user, system } = process.cpuUsage();
      return { cpuMicroseconds: user + system, queries: executedQueries() } satisfies ResourceUsage;
    }
  }
}

const server = createServer(async (request, response) => {
  response.end(JSON.stringify(await respond(request.url)));
});
server.listen(Number(process.env.PROBE_PORT), "127.0.0.1").unref();
