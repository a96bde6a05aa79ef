import { setTimeout as pause } from "node:timers/promises";
import type { Firm } from "../../sandbox/firms/firm.ts";
import { type Random, seededRandom } from "../../sandbox/firms/random.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { createServiceEnvironment, type ServiceEnvironment } from "../../testkit/service-environment.ts";
import { type ServiceProcess, startServiceIn } from "../../testkit/service-process.ts";
import { ADJUSTABLE_CLOCK } from "../harness/generated-sandbox.ts";
import { startInProcessService } from "../harness/in-process-service.ts";
import { routeCallPath } from "../harness/load/route-call-requests.ts";
import type { Measurement } from "../harness/measurement.ts";
import {
  answeredFrom,
  increase,
  mirrorIsComplete,
  scrapeMetrics,
  waitForMetrics,
} from "../harness/service-metrics.ts";
import { collectAnswers, differingPaths } from "./compare-answers.ts";
import { RandomChanges } from "./random-changes.ts";
import { type SearchableFirm, searchableFirm } from "./searchable-firm.ts";
import { SyncBarrier } from "./sync-barrier.ts";

const CONTACTS = 5_000;
/** Long enough that the sync can be interrupted many times. */
const CLIO_LATENCY_MS = 25;
/** The killed processes together run for this share of an undisturbed sync. */
const SYNC_SHARE_OF_KILLED_PROCESSES = 0.8;
/** The request in progress; two while a webhook is being created. */
const MAX_REPEATED_REQUESTS_PER_KILL = 2;
const CHANGES_PER_KILL = 40;
/** A kill comes within this time after the first change. */
const KILL_WITHIN_MS = 800;
/** Late enough that the service is running again. */
const DELIVERY_RETRY_MS = 400;
/** Longer than the lease of a killed process. The clocks move ahead by this much at every start. */
const LEASE_EXPIRY_MS = 31_000;
const COUNTED_RESOURCES = ["contacts", "matters", "users", "webhooks", "webhooks/:id"];
const MAX_SHOWN_DIFFERENCES = 5;

/** Kills the service again and again, during a full sync and while it applies changes, and compares the result with Clio. */
export async function crashRecovery({ kills }: { kills: number }): Promise<Measurement[]> {
  const undisturbed = await measureUndisturbedSync();
  await using firm = await CrashingService.start();
  const random = seededRandom(9);
  const half = Math.ceil(kills / 2);
  const maxRunMs = (2 * SYNC_SHARE_OF_KILLED_PROCESSES * undisturbed.durationMs) / half;
  const killsDuringSync = await firm.sync(half, () => random.next() * maxRunMs);
  const killsDuringChanges = kills - killsDuringSync;
  const { requests } = firm;
  const { changed, lost } = await firm.applyChanges(killsDuringChanges, random);
  return [
    { name: "contacts", value: firm.contacts, unit: "" },
    { name: "numbers retyped so that Clio's search finds them", value: firm.retyped, unit: "" },
    { name: "kills during the full sync", value: killsDuringSync, unit: "" },
    { name: "Clio requests of an undisturbed sync", value: undisturbed.requests, unit: "" },
    {
      name: "Clio requests of the interrupted sync",
      value: requests,
      unit: "",
      target: { atMost: undisturbed.requests + MAX_REPEATED_REQUESTS_PER_KILL * killsDuringSync },
    },
    { name: "kills while applying changes", value: killsDuringChanges, unit: "" },
    { name: "changes", value: changed, unit: "" },
    { name: "webhook deliveries that Clio abandoned", value: lost, unit: "" },
    ...(await firm.compareWithClio()),
  ];
}

function startSandboxWithRetries(firm: Firm, now: () => number): Promise<Sandbox> {
  return startSandbox({
    firms: [firm],
    requestsPerMinute: Number.POSITIVE_INFINITY,
    now,
    webhooks: { retryDelayMs: DELIVERY_RETRY_MS },
  });
}

function addLatency(sandbox: Sandbox): void {
  sandbox.fault({ kind: "latency", ms: CLIO_LATENCY_MS, path: "/api/v4", times: Number.POSITIVE_INFINITY });
}

function listRequests({ counts }: Sandbox): number {
  return COUNTED_RESOURCES.reduce((sum, path) => sum + (counts.get(`/api/v4/${path}`) ?? 0), 0);
}

async function measureUndisturbedSync(): Promise<{ requests: number; durationMs: number }> {
  const sandbox = await startSandboxWithRetries(generateFirm().firm, Date.now);
  try {
    addLatency(sandbox);
    using environment = await createServiceEnvironment(sandbox.url, { directory: "mirror", https: true });
    sandbox.webhooks.deliverTo = environment.url;
    await using service = await startServiceIn(environment);
    await environment.connectFirm();
    const start = performance.now();
    await waitForMetrics(service.url, mirrorIsComplete, { intervalMs: 10 });
    return { requests: listRequests(sandbox), durationMs: performance.now() - start };
  } finally {
    await sandbox.close();
  }
}

function generateFirm(): SearchableFirm {
  return searchableFirm({ contacts: CONTACTS, seed: 9 });
}

/** A service that is restarted in the same environment after every kill. */
class CrashingService implements AsyncDisposable {
  /** Requests to Clio's lists and webhooks until the mirror was complete. */
  requests = 0;
  readonly #generated: SearchableFirm;
  readonly #sandbox: Sandbox;
  readonly #environment: ServiceEnvironment;
  readonly #clock: { offsetMs: number };
  readonly #changes: RandomChanges;
  #service: ServiceProcess | null = null;
  #key = "";

  private constructor(
    generated: SearchableFirm,
    sandbox: Sandbox,
    environment: ServiceEnvironment,
    clock: { offsetMs: number },
  ) {
    this.#generated = generated;
    this.#sandbox = sandbox;
    this.#environment = environment;
    this.#clock = clock;
    this.#changes = new RandomChanges(generated, sandbox.changes(), seededRandom(10));
  }

  static async start(): Promise<CrashingService> {
    const firm = generateFirm();
    const clock = { offsetMs: 0 };
    const sandbox = await startSandboxWithRetries(firm.firm, () => Date.now() + clock.offsetMs);
    const environment = await createServiceEnvironment(sandbox.url, { directory: "mirror", https: true });
    sandbox.webhooks.deliverTo = environment.url;
    return new CrashingService(firm, sandbox, environment, clock);
  }

  get contacts(): number {
    return this.#generated.firm.contacts.length;
  }

  get retyped(): number {
    return this.#generated.retyped;
  }

  /** Connects the firm and kills the service during the sync. Returns how often; less than `count` if the sync ends first. */
  async sync(count: number, runMs: () => number): Promise<number> {
    addLatency(this.#sandbox);
    let service = await this.#start();
    this.#key = await this.#environment.connectFirm();
    let killed = 0;
    for (; killed < count; killed += 1) {
      await pause(runMs());
      if (mirrorIsComplete(await scrapeMetrics(service.url))) break;
      await this.#kill();
      service = await this.#start();
    }
    await waitForMetrics(service.url, mirrorIsComplete, { assertRunning: () => service.assertRunning() });
    this.requests = listRequests(this.#sandbox);
    this.#sandbox.clearFaults();
    await this.#waitForWebhooks();
    return killed;
  }

  /** Changes the firm, and kills the service while it receives the changes. */
  async applyChanges(count: number, random: Random): Promise<{ changed: number; lost: number }> {
    const { webhooks } = this.#sandbox;
    const deliveriesBefore = webhooks.deliveries.length;
    for (let at = 0; at < count; at += 1) {
      for (let change = 0; change < CHANGES_PER_KILL; change += 1) this.#changes.change();
      await pause(random.next() * KILL_WITHIN_MS);
      await this.#kill();
      await this.#start();
      await webhooks.idle();
    }
    const lost = webhooks.deliveries
      .slice(deliveriesBefore)
      .filter(({ status }) => status === null || status >= 400).length;
    return { changed: count * CHANGES_PER_KILL, lost };
  }

  /** Compares the mirror's answers about every contact with those of a live service. */
  async compareWithClio(): Promise<Measurement[]> {
    const target = { url: this.#environment.url, key: this.#key };
    const enabled = this.#generated.firm.users.filter((user) => user.enabled);
    using barrier = new SyncBarrier(this.#sandbox, enabled);
    await barrier.wait(target);

    using environment = await createServiceEnvironment(this.#sandbox.url);
    const service = await startInProcessService(environment, () => Date.now() + this.#clock.offsetMs);
    try {
      const live = { url: environment.url, key: await environment.connectFirm() };
      const { numbers } = this.#changes.subjects;
      const paths = this.#generated.firm.contacts.flatMap(({ id }) => [
        `/responsible-staff?clio_contact_id=${id}`,
        ...(numbers.get(id) ?? []).map(routeCallPath),
      ]);
      const distinct = new Set(paths);
      const before = await scrapeMetrics(target.url);
      const mirrorAnswers = await collectAnswers(target, distinct);
      const after = await scrapeMetrics(target.url);
      const liveAnswers = await collectAnswers(live, distinct);
      const different = differingPaths(liveAnswers, mirrorAnswers);
      for (const path of different.slice(0, MAX_SHOWN_DIFFERENCES))
        process.stderr.write(
          `${path}\n  live:   ${liveAnswers.get(path)}\n  mirror: ${mirrorAnswers.get(path)}\n`,
        );
      return [
        { name: "answers compared at the end", value: distinct.size, unit: "" },
        {
          name: "answered from the mirror",
          value: increase(before, after, answeredFrom("mirror")),
          unit: "",
          target: { atLeast: distinct.size },
        },
        {
          name: "answers that differ from Clio",
          value: different.length,
          unit: "",
          target: { atMost: 0 },
        },
      ];
    } finally {
      await service.close();
    }
  }

  async #start(): Promise<ServiceProcess> {
    this.#clock.offsetMs += LEASE_EXPIRY_MS;
    this.#service = await startServiceIn(this.#environment, {
      nodeOptions: ["--import", ADJUSTABLE_CLOCK],
      env: { CLOCK_AHEAD_MS: String(this.#clock.offsetMs) },
    });
    return this.#service;
  }

  async #kill(): Promise<void> {
    this.#service?.signal("SIGKILL");
    await this.#service?.waitForExit();
    this.#service = null;
  }

  /** A service that was killed between creating a webhook and Clio's handshake creates it again, later. */
  async #waitForWebhooks(): Promise<void> {
    const { registry } = this.#sandbox.webhooks;
    const areEnabled = () => {
      const all = this.#generated.firm.users.flatMap(({ id }) => registry.of(id));
      return all.length === 2 && all.every(({ status }) => status === "enabled");
    };
    for (let tries = 0; !areEnabled(); tries += 1) {
      if (tries === 10) throw new Error("the service has not created its webhooks");
      this.#clock.offsetMs += 5 * 60_000;
      await this.#kill();
      await this.#start();
      await pause(500);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#service?.[Symbol.asyncDispose]();
    this.#environment[Symbol.dispose]();
    await this.#sandbox.close();
  }
}
