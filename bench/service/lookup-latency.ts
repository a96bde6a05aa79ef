import axios from "axios";
import { exampleCases } from "../../sandbox/firms/example-firm.ts";
import type { ClioRequest } from "../../src/clio/client.ts";
import { searchContacts } from "../../src/clio/resources/contacts.ts";
import { startContext } from "../../src/runtime/request-context.ts";
import { startServiceProcess } from "../../testkit/service-process.ts";
import { KeepAliveClient } from "../harness/keep-alive-client.ts";
import { type Measurement, quantile } from "../harness/measurement.ts";
import { sandboxAccessToken } from "../harness/sandbox-access-token.ts";
import { startSandboxProcess } from "../harness/sandbox-process.ts";

const CONNECTIONS = [1, 10];
const WARM_UP_ROUNDS = 6;
const ROUNDS = 20;
const REQUESTS_PER_ROUND = 250;

/**
 * The latency that the service adds to Clio's own on `/lookup-contact`. The baseline is the same request that the service
 * sends, sent straight to the sandbox by the same client over as many connections. The two take turns, so that other load
 * on the machine affects both.
 */
export async function lookupLatency(): Promise<Measurement[]> {
  await using sandbox = await startSandboxProcess();
  await using service = await startServiceProcess(sandbox.url);
  const { phone, lastFour } = exampleCases.janeDoe;
  const lookupUrl = `${service.url}/lookup-contact?phone=${encodeURIComponent(phone)}`;
  const searchUrl = sandbox.url + (await searchPath(lastFour));
  const key = await service.connectFirm();
  const token = await sandboxAccessToken(sandbox.url);

  const measurements: Measurement[] = [];
  for (const connections of CONNECTIONS) {
    using clio = new KeepAliveClient(token, connections);
    using router = new KeepAliveClient(key, connections);
    const baseline: number[] = [];
    const lookup: number[] = [];
    for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round += 1) {
      const baselineRound = await runRound(clio, searchUrl, connections);
      const lookupRound = await runRound(router, lookupUrl, connections);
      if (round < 0) continue;
      baseline.push(...baselineRound);
      lookup.push(...lookupRound);
    }
    measurements.push(...measurementsOf(connections, baseline, lookup));
  }
  return measurements;
}

function measurementsOf(connections: number, baseline: number[], lookup: number[]): Measurement[] {
  const suffix = connections === 1 ? "1 connection" : `${connections} connections`;
  const quantiles = [
    ["median", 0.5],
    ["p95", 0.95],
    ["p99", 0.99],
  ] as const;
  const quantilesOf = (side: string, samples: number[]): Measurement[] =>
    quantiles.map(([name, q]) => ({
      name: `${side}, ${name}, ${suffix}`,
      value: quantile(samples, q),
      unit: "ms",
    }));
  return [
    ...quantilesOf("baseline (Clio alone)", baseline),
    ...quantilesOf("/lookup-contact", lookup),
    {
      name: `added latency, median, ${suffix}`,
      value: quantile(lookup, 0.5) - quantile(baseline, 0.5),
      unit: "ms",
      target: { atMost: 3 },
    },
  ];
}

/** Sends one round of requests in a closed loop. Returns the milliseconds of each. */
async function runRound(client: KeepAliveClient, url: string, connections: number): Promise<number[]> {
  const times: number[] = [];
  let remaining = REQUESTS_PER_ROUND;
  const worker = async () => {
    while (remaining > 0) {
      remaining -= 1;
      const { status, body, ms } = await client.get(url);
      if (status !== 200) throw new Error(`${url} responded with ${status}: ${body}`);
      times.push(ms);
    }
  };
  await Promise.all(Array.from({ length: connections }, worker));
  return times;
}

/** The path of the service's own search request to Clio, captured from its code. */
async function searchPath(lastFour: string): Promise<string> {
  const sent = Promise.withResolvers<ClioRequest<unknown>>();
  const capturingClient = {
    request<T>(request: ClioRequest<T>): Promise<T> {
      sent.resolve(request);
      return Promise.resolve({ records: [], next: null } as T);
    },
  };
  await searchContacts(capturingClient, lastFour, startContext(1_000));
  const { path, params } = await sent.promise;
  return axios.getUri({ url: path, params });
}
