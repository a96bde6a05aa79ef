import type { Balancer } from "../../testkit/haproxy.ts";
import type { Measurement } from "../harness/measurement.ts";

/** How many requests the balancer sent to each process, and how many it sent to a second one after a failure. */
export class BalancerDistribution {
  readonly #balancer: Balancer;
  readonly #before: ReadonlyMap<string, number>;
  readonly #printed: number;

  private constructor(balancer: Balancer, before: ReadonlyMap<string, number>) {
    this.#balancer = balancer;
    this.#before = before;
    this.#printed = balancer.output.length;
  }

  /** Starts counting. */
  static async start(balancer: Balancer): Promise<BalancerDistribution> {
    return new BalancerDistribution(balancer, await sessionCounts(balancer));
  }

  async measurements(): Promise<Measurement[]> {
    const after = await sessionCounts(this.#balancer);
    const lines = this.#balancer.output.slice(this.#printed).split("\n");
    return [
      ...[...after]
        .map(([name, count]) => [name, count - (this.#before.get(name) ?? 0)] as const)
        .filter(([, count]) => count > 0)
        .map(([name, value]) => ({ name: `requests sent to ${name}`, value, unit: "" })),
      {
        name: "requests retried on another process",
        value: lines.filter((line) => /"retries":"\+?[1-9]/.test(line)).length,
        unit: "",
      },
    ];
  }
}

async function sessionCounts(balancer: Balancer): Promise<ReadonlyMap<string, number>> {
  const ready = [...(await balancer.statistics())].map(([name, { stot }]) => [name, Number(stot)] as const);
  const unready = [...(await balancer.statistics("unready"))].map(([, { stot }]) => Number(stot));
  return new Map([
    ...ready,
    ["any process while none was ready", unready.reduce((sum, count) => sum + count, 0)],
  ]);
}
