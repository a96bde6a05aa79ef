import { ManagedProcess } from "../../testkit/managed-process.ts";
import { REPOSITORY_ROOT } from "../../testkit/repository-root.ts";
import { startServiceProcess } from "../../testkit/service-process.ts";
import { KeepAliveClient } from "../harness/keep-alive-client.ts";
import { type Measurement, quantile } from "../harness/measurement.ts";
import { startSandboxProcess } from "../harness/sandbox-process.ts";

const RUNS = 7;

/** The time from `npm run demo` to a first answer, and from starting the service to readiness. */
export async function startup(): Promise<Measurement[]> {
  const demo: number[] = [];
  for (let run = 0; run < RUNS; run += 1) demo.push(await measureDemo());

  const ready: number[] = [];
  await using sandbox = await startSandboxProcess();
  for (let run = 0; run < RUNS; run += 1) {
    await using started = await startServiceProcess(sandbox.url);
    ready.push(started.readyAfterMs);
  }
  return [
    { name: "npm run demo to first answer, median", value: quantile(demo, 0.5), unit: "ms" },
    {
      name: `npm run demo to first answer, max of ${RUNS}`,
      value: quantile(demo, 1),
      unit: "ms",
      target: { atMost: 3_000 },
    },
    { name: "service start to /readyz, median", value: quantile(ready, 0.5), unit: "ms" },
    {
      name: `service start to /readyz, max of ${RUNS}`,
      value: quantile(ready, 1),
      unit: "ms",
      target: { atMost: 1_000 },
    },
  ];
}

/** Milliseconds from `npm run demo` to the response to the first `curl` command it prints. */
async function measureDemo(): Promise<number> {
  const start = performance.now();
  await using demo = new ManagedProcess("npm", { args: ["run", "demo"], cwd: REPOSITORY_ROOT });
  const [, key = "", url = ""] = await demo.waitForOutput(/curl .*Bearer (\S+)' '(\S+)'/);
  using client = new KeepAliveClient(key);
  const { status, body } = await client.get(url);
  if (status !== 200) throw new Error(`the demo's first curl command got status ${status}: ${body}`);
  return performance.now() - start;
}
