import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { LargeFirm } from "../calls/large-firm.ts";
import { type ClosedLoopResult, saturate } from "../harness/load/closed-loop.ts";
import { RawConnection } from "../harness/load/raw-connection.ts";
import type { Measurement } from "../harness/measurement.ts";
import type { ProcessProbe } from "../harness/process-probe.ts";
import { waitUntilIdle } from "../harness/service-metrics.ts";
import type { CallKind, NextRequest } from "./call-kinds.ts";

/** A measured server. */
interface MeasuredServer {
  readonly url: string;
  readonly probe: ProcessProbe;
}

interface CostOptions {
  readonly baseline: MeasuredServer;
  readonly serviceProbe: ProcessProbe;
  /** Seconds of each turn of the service. */
  readonly seconds: number;
  /** Where to write CPU profiles of the service; null for none. */
  readonly profileFolder: string | null;
}

const CONNECTIONS = 10;
/** The two servers take turns, so that other load on the machine affects both. */
const ROUNDS = 2;
const QUERIES_SAMPLE = 50;

/** The CPU time and the number of queries that one kind of request costs, and the same for a bare Express route. */
export async function callCost(
  kind: CallKind,
  { service }: LargeFirm,
  { baseline, serviceProbe, seconds, profileFolder }: CostOptions,
): Promise<Measurement[]> {
  const measured = { url: service.url, probe: serviceProbe };
  const settle = kind.hasBackgroundWork ? () => waitUntilIdle(service.url) : undefined;
  const turns = { service: new Turns(measured, settle), baseline: new Turns(baseline) };
  // Meanwhile, the service records the answers of the kind before, whose queries would be counted too.
  await saturate(baseline.url, { connections: CONNECTIONS, seconds }, baselineRequests(kind));
  const queries = await queriesPerRequest(measured, await kind.prepare());
  await saturate(service.url, { connections: CONNECTIONS, seconds: seconds / 2 }, await kind.prepare());
  await settle?.();
  if (profileFolder !== null) await serviceProbe.startProfile();
  for (let round = 0; round < ROUNDS; round += 1) {
    await turns.baseline.run(baselineRequests(kind), seconds / 2);
    await turns.service.run(await kind.prepare(), seconds);
  }
  if (profileFolder !== null) {
    const file = `${kind.name.replaceAll(/[^a-z]+/gi, "-")}.cpuprofile`;
    await writeFile(join(profileFolder, file), await serviceProbe.stopProfile());
  }
  const cpu = { service: turns.service.cpuPerResponse, baseline: turns.baseline.cpuPerResponse };
  return [
    { name: "CPU per request", value: cpu.service, unit: "µs" },
    { name: "bare Express route with the same body", value: cpu.baseline, unit: "µs" },
    {
      name: "bare route's CPU relative to the service's",
      value: cpu.baseline / cpu.service,
      unit: "",
      ...(kind.minShare !== undefined && { target: { atLeast: kind.minShare } }),
    },
    { name: `throughput, ${CONNECTIONS} connections`, value: turns.service.throughput, unit: "/s" },
    {
      name: "throughput relative to the bare route's",
      value: turns.service.throughput / turns.baseline.throughput,
      unit: "",
      ...(kind.minShare !== undefined && { target: { atLeast: kind.minShare } }),
    },
    // Near 100 %, the load generator and not the server limits the throughput, and only the CPU time can be compared.
    { name: "load generator utilization, bare route", value: turns.baseline.utilization * 100, unit: "%" },
    { name: "database queries per request", value: queries, unit: "" },
    { name: "errors", value: turns.service.errors + turns.baseline.errors, unit: "", target: { atMost: 0 } },
  ];
}

function baselineRequests({ route }: CallKind): NextRequest {
  return (connection) => connection.buildRequest(route.replace(":webhook", "any"), "");
}

/** One server's turns under load, added up. */
export class Turns {
  readonly #server: MeasuredServer;
  readonly #settle: () => Promise<void>;
  readonly #results: ClosedLoopResult[] = [];
  #cpuMicroseconds = 0;

  /** @param settle waits until the server has no more work */
  constructor(server: MeasuredServer, settle: () => Promise<void> = async () => {}) {
    this.#server = server;
    this.#settle = settle;
  }

  async run(nextRequest: NextRequest, seconds: number): Promise<void> {
    const { url, probe } = this.#server;
    const before = await probe.read();
    this.#results.push(await saturate(url, { connections: CONNECTIONS, seconds }, nextRequest));
    await this.#settle();
    this.#cpuMicroseconds += (await probe.read()).cpuMicroseconds - before.cpuMicroseconds;
  }

  get cpuPerResponse(): number {
    return this.#cpuMicroseconds / this.#sum("responses");
  }

  get throughput(): number {
    return this.#sum("responses") / this.#sum("seconds");
  }

  /** How busy the load generator was: 0 to 1. */
  get utilization(): number {
    return this.#sum("utilization") / this.#results.length;
  }

  get errors(): number {
    return this.#sum("errors");
  }

  #sum(key: keyof ClosedLoopResult): number {
    return this.#results.reduce((total, result) => total + result[key], 0);
  }
}

/** Sends requests one after the other, so that background work adds as little as possible. */
async function queriesPerRequest({ url, probe }: MeasuredServer, nextRequest: NextRequest): Promise<number> {
  const connection = await RawConnection.connect(url);
  let sent = 0;
  const before = await probe.read();
  for (; sent < QUERIES_SAMPLE; sent += 1) {
    const request = nextRequest(connection);
    if (request === null) break;
    await new Promise((resolve) => connection.send(request, resolve));
  }
  const { queries } = await probe.read();
  connection.close();
  return (queries - before.queries) / sent;
}
