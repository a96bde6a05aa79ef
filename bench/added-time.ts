import axios from "axios";
import { exampleCases } from "../sandbox/firms/example-firm.ts";
import type { ClioRequest } from "../src/clio/client.ts";
import { searchContacts } from "../src/clio/resources/contacts.ts";
import { startContext } from "../src/runtime/request-context.ts";
import { accessToken } from "./access-token.ts";
import { type Figure, quantile } from "./figure.ts";
import { KeepAlive } from "./keep-alive.ts";
import { startSandboxProcess, startServiceProcess } from "./processes.ts";

const CONNECTIONS = [1, 10];
const WARM_UP_BLOCKS = 6;
const BLOCKS = 20;
const BLOCK = 250;

/**
 * What the service adds to Clio's own time on `/lookup-contact`. The yardstick is the request that the service sends,
 * sent to the sandbox by the same client over as many connections, in turns with the lookups: what else the machine
 * does in the meantime falls on both.
 */
export async function addedTime(): Promise<Figure[]> {
  await using sandbox = await startSandboxProcess();
  await using service = await startServiceProcess(sandbox.url);
  const { phone, lastFour } = exampleCases.janeDoe;
  const lookup = `${service.url}/lookup-contact?phone=${encodeURIComponent(phone)}`;
  const search = sandbox.url + (await searchPath(lastFour));
  const key = await service.connectFirm();
  const token = await accessToken(sandbox.url);

  const figures: Figure[] = [];
  for (const connections of CONNECTIONS) {
    using clio = new KeepAlive(token, connections);
    using router = new KeepAlive(key, connections);
    const alone: number[] = [];
    const through: number[] = [];
    for (let block = -WARM_UP_BLOCKS; block < BLOCKS; block += 1) {
      const yardstick = await timesOf(clio, search, connections);
      const lookups = await timesOf(router, lookup, connections);
      if (block < 0) continue;
      alone.push(...yardstick);
      through.push(...lookups);
    }
    figures.push(...figuresOf(connections, alone, through));
  }
  return figures;
}

function figuresOf(connections: number, alone: number[], through: number[]): Figure[] {
  const where = connections === 1 ? "1 connection" : `${connections} connections`;
  const quantiles = [
    ["median", 0.5],
    ["p95", 0.95],
    ["p99", 0.99],
  ] as const;
  const times = (side: string, samples: number[]): Figure[] =>
    quantiles.map(([name, part]) => ({
      name: `${where}, ${side}, ${name}`,
      value: quantile(samples, part),
      unit: "ms",
    }));
  return [
    ...times("Clio alone", alone),
    ...times("through the service", through),
    {
      name: `${where}, added, median`,
      value: quantile(through, 0.5) - quantile(alone, 0.5),
      unit: "ms",
      target: { atMost: 3 },
    },
  ];
}

/** One block of requests, as fast as the connections carry them: the milliseconds of each. */
async function timesOf(client: KeepAlive, url: string, connections: number): Promise<number[]> {
  const times: number[] = [];
  let left = BLOCK;
  const oneAfterTheOther = async () => {
    while (left > 0) {
      left -= 1;
      const { status, body, ms } = await client.get(url);
      if (status !== 200) throw new Error(`${url} was answered with ${status}: ${body}`);
      times.push(ms);
    }
  };
  await Promise.all(Array.from({ length: connections }, oneAfterTheOther));
  return times;
}

/** The path that the service asks Clio for, learnt from its own code. */
async function searchPath(lastFour: string): Promise<string> {
  const sent = Promise.withResolvers<ClioRequest<unknown>>();
  const reader = {
    request<T>(request: ClioRequest<T>): Promise<T> {
      sent.resolve(request);
      return Promise.resolve({ records: [], next: null } as T);
    },
  };
  await searchContacts(reader, lastFour, startContext(1_000));
  const { path, params } = await sent.promise;
  return axios.getUri({ url: path, params });
}
