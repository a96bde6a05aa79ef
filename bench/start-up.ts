import { Child } from "./child.ts";
import { type Figure, quantile } from "./figure.ts";
import { KeepAlive } from "./keep-alive.ts";
import { CHECKOUT, startSandboxProcess, startServiceProcess } from "./processes.ts";

const RUNS = 7;

/** How soon a newcomer has an answer after `npm run demo`, and an operator a service that is ready. */
export async function startUp(): Promise<Figure[]> {
  const demo: number[] = [];
  for (let run = 0; run < RUNS; run += 1) demo.push(await demoAnswersAfter());

  const service: number[] = [];
  await using sandbox = await startSandboxProcess();
  for (let run = 0; run < RUNS; run += 1) {
    await using started = await startServiceProcess(sandbox.url);
    service.push(started.readyAfter);
  }
  return [
    { name: "npm run demo to the first answer, median", value: quantile(demo, 0.5), unit: "ms" },
    {
      name: `npm run demo to the first answer, slowest of ${RUNS}`,
      value: quantile(demo, 1),
      unit: "ms",
      target: { atMost: 3_000 },
    },
    { name: "the service alone to /readyz, median", value: quantile(service, 0.5), unit: "ms" },
    {
      name: `the service alone to /readyz, slowest of ${RUNS}`,
      value: quantile(service, 1),
      unit: "ms",
      target: { atMost: 1_000 },
    },
  ];
}

/** Milliseconds from `npm run demo` to the answer to the first `curl` line that it prints. */
async function demoAnswersAfter(): Promise<number> {
  const start = performance.now();
  await using demo = new Child("npm", { args: ["run", "demo"], cwd: CHECKOUT });
  const [, key = "", url = ""] = await demo.printed(/curl .*Bearer (\S+)' '(\S+)'/);
  using client = new KeepAlive(key);
  const { status, body } = await client.get(url);
  if (status !== 200) throw new Error(`the demo's first line was answered with ${status}: ${body}`);
  return performance.now() - start;
}
