import { deepEqual } from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { call } from "./service.ts";
import { bash } from "./shell.ts";

const CALLS_PER_SECOND = 40;

/** Prints the balancer's log, which has the reason of a failed call. */
const BALANCER_LOG =
  "docker ps --quiet --filter name=balancer-1 | xargs --no-run-if-empty docker logs --timestamps --since 3m 2>&1 | cut -c1-220 | tail -n 40";

/**
 * Makes calls while `work` runs, and for a few seconds before and after.
 * @returns the number of calls
 * @throws if a call isn't answered with 200
 */
export async function underLoad(key: string, work: () => Promise<unknown>): Promise<number> {
  const outcomes: Record<string, number> = {};
  const failures: string[] = [];
  let answered = 0;
  const underway = new Set<Promise<void>>();
  let ends = false;

  async function one(): Promise<void> {
    const begun = Date.now();
    let outcome: string;
    let text = "";
    try {
      const response = await call(key);
      text = await response.text();
      outcome = String(response.status);
    } catch (error) {
      const { cause } = error as { cause?: { code?: string } };
      outcome = cause?.code ?? String(error);
    }
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    if (outcome === "200") answered += 1;
    else
      failures.push(`${new Date(begun).toISOString()}, after ${Date.now() - begun} ms: ${outcome} ${text}`);
  }
  const generator = (async () => {
    while (!ends) {
      const made: Promise<void> = one().finally(() => underway.delete(made));
      underway.add(made);
      await pause(1000 / CALLS_PER_SECOND);
    }
    await Promise.all(underway);
  })();

  await pause(1_000);
  try {
    await work();
    await pause(2_000);
  } finally {
    ends = true;
    await generator;
  }
  if (failures.length > 0) console.log(await bash(BALANCER_LOG));
  deepEqual(
    outcomes,
    { 200: answered },
    `calls failed: ${JSON.stringify(outcomes)}\n${failures.slice(0, 5).join("\n")}`,
  );
  return answered;
}
