import { setTimeout as pause } from "node:timers/promises";
import { type GeneratedFirm, generatedFirm } from "../../sandbox/firms/generated-firm.ts";
import { type Random, seededRandom } from "../../sandbox/firms/random.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { readSettings } from "../../src/config/settings.ts";
import { createSealer } from "../../src/store/encryption/sealing.ts";
import { openStore } from "../../src/store/store.ts";
import { startPostgres } from "../../testkit/postgres.ts";
import { createServiceEnvironment, type ServiceEnvironment } from "../../testkit/service-environment.ts";
import { type ServiceProcess, startServiceIn } from "../../testkit/service-process.ts";
import type { Measurement } from "../harness/measurement.ts";
import { mirrorIsComplete, scrapeMetrics, waitForMetrics } from "../harness/service-metrics.ts";
import { type CallToReport, ReportingPlatform } from "./reporting-platform.ts";
import { TIME_SCALE } from "./time-scale.ts";

const MAIN = "bench/call-log/accelerated-service-main.ts";
const CONTACTS = 2_000;
const REQUESTS_PER_MINUTE = 50;
const FAILING_SHARE = 0.1;
const LOST_RESPONSES_SHARE = 0.05;
const HANGING_SHARE = 0.003;
const UNKNOWN_CALLERS_SHARE = 0.05;
const LOOKED_UP_SHARE = 0.5;
const MAX_PAUSE_BETWEEN_KILLS_MS = 10_000;
const STALLED_AFTER_MS = 120_000;

interface Options {
  readonly calls: number;
  readonly kills: number;
  readonly ratePerSecond: number;
}

/** One process on SQLite. */
export async function exactlyOnceOnSqlite(options: Options): Promise<Measurement[]> {
  const generated = generatedFirm({ contacts: CONTACTS, seed: 14 });
  await using clio = await startClio(generated);
  using environment = await createServiceEnvironment(clio.sandbox.url, {
    directory: "mirror",
    https: true,
    env: { MESSAGE_TASKS: "true" },
  });
  return await run(generated, clio.sandbox, [environment], options);
}

/** Three processes on PostgreSQL. */
export async function exactlyOnceOnPostgres(options: Options): Promise<Measurement[]> {
  const generated = generatedFirm({ contacts: CONTACTS, seed: 15 });
  await using clio = await startClio(generated);
  await using stack = new AsyncDisposableStack();
  const postgres = stack.adopt(await startPostgres(), (server) => server.close());
  const first = stack.use(
    await createServiceEnvironment(clio.sandbox.url, {
      directory: "mirror",
      https: true,
      env: { DATABASE_URL: await postgres.freshDatabase(), MESSAGE_TASKS: "true" },
    }),
  );
  const { PORT: _, PUBLIC_URL = "", ...shared } = first.env;
  const environments = [first];
  for (let more = 0; more < 2; more += 1) {
    const { env, ...other } = stack.use(await createServiceEnvironment(clio.sandbox.url));
    const { PORT = "" } = env;
    environments.push({ ...other, env: { ...shared, PORT, PUBLIC_URL } });
  }
  return await run(generated, clio.sandbox, environments, options);
}

async function startClio({ firm }: GeneratedFirm) {
  const sandbox = await startSandbox({ firms: [firm], requestsPerMinute: Number.POSITIVE_INFINITY });
  return { sandbox, [Symbol.asyncDispose]: () => sandbox.close() };
}

async function run(
  generated: GeneratedFirm,
  sandbox: Sandbox,
  environments: readonly ServiceEnvironment[],
  { calls: count, kills, ratePerSecond }: Options,
): Promise<Measurement[]> {
  const random = seededRandom(16);
  await using services = await KillableServices.start(environments);
  const [environment] = environments;
  if (!environment) throw new Error("no environment");
  sandbox.webhooks.deliverTo = environment.url;
  const key = await environment.connectFirm();
  for (const { url } of environments) await waitForMetrics(url, mirrorIsComplete);

  const forever = { path: "/api/v4", times: Number.POSITIVE_INFINITY };
  sandbox.setRequestsPerMinute(REQUESTS_PER_MINUTE * TIME_SCALE);
  sandbox.fault({ ...forever, kind: "status", status: 503, probability: FAILING_SHARE });
  sandbox.fault({ ...forever, kind: "lose_response", probability: LOST_RESPONSES_SHARE });
  sandbox.fault({ ...forever, kind: "hang", probability: HANGING_SHARE });

  const platform = new ReportingPlatform(() => services.urls, key);
  const work = { isOver: false };
  const killing = services.killAtRandom(random, kills, work);
  const startedAt = performance.now();
  await platform.reportAll(callsToReport(generated, random, count), ratePerSecond);
  const reportedAfterS = (performance.now() - startedAt) / 1_000;
  await waitUntilDelivered(services);
  work.isOver = true;
  const killed = await killing;
  await services.stop();
  return [
    { name: "calls reported", value: count, unit: "" },
    { name: "seconds until all were acknowledged", value: reportedAfterS, unit: "s" },
    { name: "reports sent again", value: platform.retries, unit: "" },
    { name: "kills", value: killed, unit: "", target: { atLeast: kills } },
    { name: "minutes until all were in Clio", value: (performance.now() - startedAt) / 60_000, unit: "min" },
    ...(await compare(generated, environment, platform)),
  ];
}

function callsToReport({ firm, lines }: GeneratedFirm, random: Random, count: number): CallToReport[] {
  const numbers = firm.contacts.flatMap(({ id }) => (lines.get(id) ?? []).map(({ e164 }) => e164));
  return Array.from({ length: count }, (_, index) => ({
    callId: `call-${index}`,
    number: random.chance(UNKNOWN_CALLERS_SHARE)
      ? `+1202555${String(100 + (index % 100)).padStart(4, "0")}`
      : random.pick(numbers),
    isLookedUp: random.chance(LOOKED_UP_SHARE),
  }));
}

/** Resolves once nothing waits for Clio anymore. Throws if there is no progress for long. */
async function waitUntilDelivered(services: KillableServices): Promise<void> {
  let waiting = Number.POSITIVE_INFINITY;
  let progressAt = performance.now();
  while (waiting > 0) {
    await pause(1_000);
    const now = await services.waiting();
    if (now === null) continue;
    if (now < waiting) {
      waiting = now;
      progressAt = performance.now();
    }
    if (performance.now() - progressAt > STALLED_AFTER_MS)
      throw new Error(`${waiting} calls are waiting, and none was written for long`);
  }
}

/** Every acknowledged call must be in Clio once, or stand in the list with a reason. */
async function compare(
  { firm }: GeneratedFirm,
  { env, folder }: ServiceEnvironment,
  { acknowledged }: ReportingPlatform,
): Promise<Measurement[]> {
  const logs = new Map<string, number>();
  for (const { external_properties } of firm.communications ?? [])
    for (const { value } of external_properties) logs.set(value, (logs.get(value) ?? 0) + 1);
  const tasks = new Map<string, number>();
  for (const { description } of firm.tasks ?? []) {
    const id = /Reference: (\w+)$/.exec(description)?.[1] ?? "";
    tasks.set(id, (tasks.get(id) ?? 0) + 1);
  }

  const settings = readSettings({ env: { ...env }, envFile: `${folder}/.env` });
  const store = await openStore(settings.databaseUrl, createSealer(settings.secretKeys));
  try {
    const [admitted] = await store.firms.list();
    const found = { logged: 0, needsChoice: 0, failed: 0, lost: 0, withoutTask: 0 };
    for (const [id = ""] of acknowledged.values()) {
      const call = await store.callList.find(admitted?.id ?? "", id);
      if (logs.get(id) === 1) {
        found.logged += 1;
        if (call?.content?.person && tasks.get(id) !== 1) found.withoutTask += 1;
      } else if (call?.log?.state === "needs_choice") found.needsChoice += 1;
      else if (call?.log?.state === "failed" && call.log.error) found.failed += 1;
      else found.lost += 1;
    }
    const none = { atMost: 0 };
    const several = (counts: ReadonlyMap<string, number>) => [...counts.values()].filter((n) => n > 1).length;
    return [
      { name: "calls in Clio", value: found.logged, unit: "" },
      { name: "calls waiting for a choice", value: found.needsChoice, unit: "" },
      { name: "calls that failed", value: found.failed, unit: "", target: none },
      { name: "calls lost", value: found.lost, unit: "", target: none },
      { name: "calls in Clio more than once", value: several(logs), unit: "", target: none },
      { name: "tasks missing", value: found.withoutTask, unit: "", target: none },
      { name: "tasks in Clio more than once", value: several(tasks), unit: "", target: none },
      {
        name: "calls acknowledged with several IDs",
        value: [...acknowledged.values()].filter(({ size }) => size > 1).length,
        unit: "",
        target: none,
      },
      {
        name: "phone logs of unknown calls",
        value: [...logs.keys()].filter((id) => ![...acknowledged.values()].some((ids) => ids.has(id))).length,
        unit: "",
        target: none,
      },
    ];
  } finally {
    await store.close();
  }
}

/** Processes that are killed and started again. */
class KillableServices implements AsyncDisposable {
  readonly #environments: readonly ServiceEnvironment[];
  readonly #running = new Map<ServiceEnvironment, ServiceProcess>();

  private constructor(environments: readonly ServiceEnvironment[]) {
    this.#environments = environments;
  }

  static async start(environments: readonly ServiceEnvironment[]): Promise<KillableServices> {
    const services = new KillableServices(environments);
    for (const environment of environments) await services.#startOne(environment);
    return services;
  }

  /** The addresses of the running processes. */
  get urls(): string[] {
    return [...this.#running.keys()].map(({ url }) => url);
  }

  /** The calls that wait for Clio; null if no process answers. */
  async waiting(): Promise<number | null> {
    for (const url of this.urls) {
      const metrics = await scrapeMetrics(url).catch(() => null);
      const waiting = metrics?.get('phone_logs{state="waiting"}');
      if (waiting !== undefined) return waiting;
    }
    return null;
  }

  /** @returns how often a process was killed */
  async killAtRandom(random: Random, kills: number, work: { isOver: boolean }): Promise<number> {
    let killed = 0;
    for (; killed < kills && !work.isOver; killed += 1) {
      await pause(random.next() * MAX_PAUSE_BETWEEN_KILLS_MS);
      const environment = random.pick(this.#environments);
      const service = this.#running.get(environment);
      this.#running.delete(environment);
      service?.signal("SIGKILL");
      await service?.waitForExit();
      await this.#startOne(environment);
    }
    return killed;
  }

  async stop(): Promise<void> {
    for (const service of this.#running.values()) {
      service.signal("SIGTERM");
      await service.waitForExit();
    }
    this.#running.clear();
  }

  async #startOne(environment: ServiceEnvironment): Promise<void> {
    this.#running.set(environment, await startServiceIn(environment, { main: MAIN }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const service of this.#running.values()) await service[Symbol.asyncDispose]();
  }
}
