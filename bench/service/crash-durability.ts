import { ManagedProcess } from "../../testkit/managed-process.ts";
import { REPOSITORY_ROOT } from "../../testkit/repository-root.ts";
import type { Measurement } from "../harness/measurement.ts";

const KILLS = 50;

/** Runs the durability test of the store with more kills than usual. It fails when a single token is lost. */
export async function crashDurability(): Promise<Measurement[]> {
  await using test = new ManagedProcess("npx", {
    args: ["vitest", "run", "test/store/durability.test.ts"],
    cwd: REPOSITORY_ROOT,
    env: { KILLS: String(KILLS), NO_COLOR: "1" },
  });
  const [, outcome] = await test.waitForOutput(/Tests +.*\b1 (passed|failed)/);
  await test.waitForExit();
  return [
    {
      name: `tokens lost in ${KILLS} kills (1: at least one)`,
      value: outcome === "passed" ? 0 : 1,
      unit: "",
      target: { atMost: 0 },
    },
  ];
}
