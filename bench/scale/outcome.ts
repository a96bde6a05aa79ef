import type { Balancer } from "../../testkit/haproxy.ts";
import { type Sent, timesOf } from "../calls/load.ts";
import type { Figure } from "../figure.ts";

const SHOWN = 5;

/** How a load fared: how much of it failed, and how long it took from when each request was due. */
export function outcomeOf(sent: readonly Sent[]): Figure[] {
  const failed = sent.filter(({ status }) => status !== 200);
  for (const { status, path, body, ms } of failed.slice(0, SHOWN))
    process.stderr.write(
      `${new URL(path, "http://any").pathname}: ${status} after ${ms.toFixed(1)} ms: ${body}\n`,
    );
  const times = timesOf(sent);
  return [
    { name: "requests", value: sent.length, unit: "" },
    { name: "failed", value: failed.length, unit: "", target: { atMost: 0 } },
    { name: "median, from when the request was due", value: times(0.5), unit: "ms" },
    { name: "p99", value: times(0.99), unit: "ms" },
    { name: "p99.9", value: times(0.999), unit: "ms" },
    { name: "slowest", value: times(1), unit: "ms" },
    { name: "the load generator's own lag, max", value: timesOf(sent, "late")(1), unit: "ms" },
  ];
}

/** What the balancer has led to each process, and how many requests it has led to another one after the first. */
export class Shares {
  readonly #balancer: Balancer;
  readonly #before: ReadonlyMap<string, number>;
  readonly #printed: number;

  private constructor(balancer: Balancer, before: ReadonlyMap<string, number>) {
    this.#balancer = balancer;
    this.#before = before;
    this.#printed = balancer.printed.length;
  }

  /** Counts from now on. */
  static async from(balancer: Balancer): Promise<Shares> {
    return new Shares(balancer, await sessions(balancer));
  }

  async figures(): Promise<Figure[]> {
    const after = await sessions(this.#balancer);
    const lines = this.#balancer.printed.slice(this.#printed).split("\n");
    return [
      ...[...after]
        .map(([name, count]) => [name, count - (this.#before.get(name) ?? 0)] as const)
        .filter(([, count]) => count > 0)
        .map(([name, value]) => ({ name: `led to ${name}`, value, unit: "" })),
      {
        name: "requests led to another process after the first",
        value: lines.filter((line) => /"retries":"\+?[1-9]/.test(line)).length,
        unit: "",
      },
    ];
  }
}

async function sessions(balancer: Balancer): Promise<ReadonlyMap<string, number>> {
  const ready = [...(await balancer.figures())].map(([name, { stot }]) => [name, Number(stot)] as const);
  const unready = [...(await balancer.figures("unready"))].map(([, { stot }]) => Number(stot));
  return new Map([...ready, ["any while none was ready", unready.reduce((sum, count) => sum + count, 0)]]);
}
