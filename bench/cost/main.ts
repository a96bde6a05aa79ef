/**
 * `npm run bench:cost`: the CPU time and database queries of one request of each kind, beside a bare Express route with the same
 * body on the same core; and what related callers and absences add to a call. Takes about a minute. Prints a table, and one
 * JSON object on the last line.
 *
 *     npm run bench:cost -- --only /healthz --seconds 5
 */

import { mkdir } from "node:fs/promises";
import { type LargeFirm, startLargeFirm } from "../calls/large-firm.ts";
import { type BaselineServer, startBaselineServer } from "../harness/baseline-server.ts";
import { pinToCores } from "../harness/cpu-affinity.ts";
import { saturate } from "../harness/load/closed-loop.ts";
import { RawConnection, type RawResponse } from "../harness/load/raw-connection.ts";
import { parseBenchOptions } from "../harness/parse-bench-options.ts";
import { createProcessProbe } from "../harness/process-probe.ts";
import { exitOnSignals, runBenchmarks } from "../harness/run-benchmarks.ts";
import { callCost } from "./call-cost.ts";
import { type CallKind, callKinds } from "./call-kinds.ts";
import { relatedAndAwayCost } from "./related-and-away.ts";

const { values } = parseBenchOptions({
  options: {
    only: { type: "string", multiple: true },
    /** Size of the firm. */
    contacts: { type: "string", default: "20000" },
    matters: { type: "string", default: "12000" },
    seed: { type: "string", default: "4" },
    /** Seconds of each turn of the service; the baseline gets half as much. */
    seconds: { type: "string", default: "0.5" },
    /** A folder for a CPU profile of the service with each kind of request, created if missing. Makes requests more expensive. */
    profile: { type: "string" },
  },
});

exitOnSignals();
if (values.profile !== undefined) await mkdir(values.profile, { recursive: true });
await using stack = new AsyncDisposableStack();
const serviceProbe = await createProcessProbe();
const firm = stack.use(
  await startLargeFirm(
    { contacts: Number(values.contacts), matters: Number(values.matters), seed: Number(values.seed) },
    serviceProbe,
  ),
);
const kinds = callKinds(firm);
const routeCalls = kinds.find(({ name }) => name === "/route-call, whole number");
if (!routeCalls) throw new TypeError("there are no whole numbers to route");
const probe = await createProcessProbe();
const baseline: BaselineServer = stack.use(await startBaselineServer(await bodiesOf(kinds, firm), probe));
// Not for the whole run: the last comparison starts its firms on all cores.
const pin = () => pinToCores({ servers: [firm.service.pid, baseline.pid], others: [firm.clio.pid] });

// The first turns would otherwise measure the compiler.
{
  using _ = pin();
  const warmUp = { connections: 10, seconds: 2 * Number(values.seconds) };
  await saturate(baseline.url, warmUp, (connection) => connection.buildRequest("/healthz", ""));
  await saturate(firm.service.url, warmUp, await routeCalls.prepare());
}

const ofKinds = kinds.map((kind) => [
  kind.name,
  async () => {
    using _ = pin();
    return await callCost(kind, firm, {
      profileFolder: values.profile ?? null,
      baseline: { url: baseline.url, probe },
      serviceProbe,
      seconds: Number(values.seconds),
    });
  },
]);
await runBenchmarks(
  {
    ...Object.fromEntries(ofKinds),
    "related callers and absences": () =>
      // A smaller firm, which is copied sooner: what is added doesn't depend on the size.
      relatedAndAwayCost(
        {
          contacts: Number(values.contacts) / 4,
          matters: Number(values.matters) / 4,
          seed: Number(values.seed),
        },
        Number(values.seconds),
      ),
  },
  values.only,
);

/** The body of one response of each route. */
async function bodiesOf(
  kinds: readonly CallKind[],
  { service }: LargeFirm,
): Promise<Record<string, unknown>> {
  const bodies: Record<string, unknown> = {};
  const connection = await RawConnection.connect(service.url);
  for (const { name, route, prepare } of kinds) {
    const request = (await prepare())(connection) ?? "";
    const response = await new Promise<RawResponse | null>((resolve) => connection.send(request, resolve));
    if (response?.status !== 200)
      throw new Error(`${name}: the service responded with ${response?.status}: ${response?.body}`);
    bodies[route] = response.body.startsWith("{") ? JSON.parse(response.body) : response.body;
  }
  connection.close();
  return bodies;
}
