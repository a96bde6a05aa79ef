import { Child } from "./child.ts";
import type { Figure } from "./figure.ts";
import { CHECKOUT } from "./processes.ts";

const KILLS = 50;

/** The store's own test, with as many kills as the measure asks for: it fails at the first token that is lost. */
export async function kills(): Promise<Figure[]> {
  await using test = new Child("npx", {
    args: ["vitest", "run", "test/store/durability.test.ts"],
    cwd: CHECKOUT,
    env: { KILLS: String(KILLS), NO_COLOR: "1" },
  });
  const [, outcome] = await test.printed(/Tests +.*\b1 (passed|failed)/);
  await test.ended();
  return [
    {
      name: `tokens lost over ${KILLS} kills (1: at least one)`,
      value: outcome === "passed" ? 0 : 1,
      unit: "",
      target: { atMost: 0 },
    },
  ];
}
