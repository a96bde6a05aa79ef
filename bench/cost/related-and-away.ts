import type { GeneratedFirm } from "../../sandbox/firms/generated-firm.ts";
import { seededRandom } from "../../sandbox/firms/random.ts";
import { readSettings } from "../../src/config/settings.ts";
import { createSealer } from "../../src/store/encryption/sealing.ts";
import { openStore } from "../../src/store/store.ts";
import type { ServiceEnvironment } from "../../testkit/service-environment.ts";
import { type FirmSize, type LargeFirm, startLargeFirm } from "../calls/large-firm.ts";
import { pinToCores } from "../harness/cpu-affinity.ts";
import { routeCallPath } from "../harness/load/route-call-requests.ts";
import type { Measurement } from "../harness/measurement.ts";
import { createProcessProbe } from "../harness/process-probe.ts";
import { Turns } from "./call-cost.ts";

/** Of the contacts, how many are related to others' matters. */
const RELATED_SHARE = 0.05;
/** Every tenth user is away, with the next one as the stand-in. */
const AWAY_EVERY = 10;
const ROUNDS = 6;

/**
 * What related callers and absences add to a call: the same calls to two services with the same firm, in turns. One has
 * `RELATED_CALLERS=false` and no absences.
 */
export async function relatedAndAwayCost(size: FirmSize, seconds: number): Promise<Measurement[]> {
  await using stack = new AsyncDisposableStack();
  const firmSize = { ...size, relatedShare: RELATED_SHARE };
  const start = async (relatedCallers: boolean) => {
    const probe = await createProcessProbe();
    const env = { ...probe.env, RELATED_CALLERS: String(relatedCallers) };
    const firm = stack.use(await startLargeFirm(firmSize, { nodeOptions: probe.nodeOptions, env }));
    return { firm, turns: () => new Turns({ url: firm.service.url, probe }) };
  };
  const [off, on] = await Promise.all([start(false), start(true)]);
  await enterAbsences(on.firm.environment, on.firm.generated);
  const services = [off, on];
  stack.use(
    pinToCores({
      servers: services.map(({ firm }) => firm.service.pid),
      others: services.map(({ firm }) => firm.clio.pid),
    }),
  );

  for (const { firm, turns } of services) await turns().run(callsTo(firm), 2 * seconds);
  const cost = { off: off.turns(), on: on.turns() };
  for (let round = 0; round < ROUNDS; round += 1) {
    await cost.off.run(callsTo(off.firm), seconds);
    await cost.on.run(callsTo(on.firm), seconds);
  }
  const ratio = cost.on.cpuPerResponse / cost.off.cpuPerResponse;
  return [
    { name: "CPU per request, without", value: cost.off.cpuPerResponse, unit: "µs" },
    { name: "CPU per request, with both", value: cost.on.cpuPerResponse, unit: "µs" },
    { name: "with both relative to without", value: ratio, unit: "", target: { atMost: 1.05 } },
    { name: "errors", value: cost.off.errors + cost.on.errors, unit: "", target: { atMost: 0 } },
  ];
}

/** Calls from random numbers, the same ones each time. */
function callsTo({ target, numbers }: LargeFirm) {
  const random = seededRandom(1);
  return (connection: { buildRequest(path: string, key: string): string }) =>
    connection.buildRequest(routeCallPath(random.pick(numbers)), target.key);
}

async function enterAbsences({ env, folder }: ServiceEnvironment, { firm }: GeneratedFirm): Promise<void> {
  const settings = readSettings({ env: { ...env }, envFile: `${folder}/.env` });
  const store = await openStore(settings.databaseUrl, createSealer(settings.secretKeys));
  try {
    const [admitted] = await store.firms.list();
    for (let at = 0; at < firm.users.length; at += AWAY_EVERY)
      await store.absences.add(admitted?.id ?? "", {
        userId: firm.users[at]?.id ?? 0,
        from: 0,
        until: null,
        standInId: firm.users[at + 1]?.id ?? null,
        note: null,
      });
  } finally {
    await store.close();
  }
}
