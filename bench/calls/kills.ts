import { setTimeout as pause } from "node:timers/promises";
import type { Firm } from "../../sandbox/firms/firm.ts";
import { type Random, seededRandom } from "../../sandbox/firms/random.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import type { Figure } from "../figure.ts";
import { type ServiceProcess, startServiceAt } from "../processes.ts";
import { startServiceHere } from "../service-here.ts";
import { type ServicePlace, servicePlace } from "../service-place.ts";
import { answersOf, differing } from "./answers.ts";
import { routeCallPath } from "./callers.ts";
import { CaughtUp } from "./caught-up.ts";
import { CLOCK } from "./clio-process.ts";
import { type FindableFirm, findableFirm } from "./findable-firm.ts";
import { RandomChanges } from "./random-changes.ts";
import { answeredFrom, growth, isComplete, metricsOf, metricsUntil } from "./service-metrics.ts";

const CONTACTS = 5_000;
/** What a request to Clio lasts (milliseconds), so that a read takes long enough to be interrupted that often. */
const CLIO_TAKES = 25;
/** How much of an undisturbed read the lives of the service make up that are ended while it reads. */
const READ_IN_INTERRUPTED_LIVES = 0.8;
/** The request that was under way; two where it belonged to the making of a webhook. */
const LOST_A_KILL = 2;
const CHANGES_A_LIFE = 40;
/** Milliseconds after the first change within which a service that takes in changes is killed. */
const KILLED_WITHIN = 800;
/** Milliseconds after which Clio tries a delivery again: not before the service is there again. */
const RETRY_BASE = 400;
/** Whoever dies while reading is replaced after half a minute: the clocks go ahead by as much at every start. */
const LEASE = 31_000;
const LISTS = ["contacts", "matters", "users", "webhooks", "webhooks/:id"];
const SHOWN = 5;

/** The service is killed again and again, while it reads a firm and while it takes in what has changed. */
export async function kills({ count }: { count: number }): Promise<Figure[]> {
  const undisturbed = await undisturbedRead();
  await using firm = await KilledFirm.start();
  const random = seededRandom(9);
  const half = Math.ceil(count / 2);
  const longestLife = (2 * READ_IN_INTERRUPTED_LIVES * undisturbed.milliseconds) / half;
  const inRead = await firm.read(half, () => random.next() * longestLife);
  const inChanges = count - inRead;
  const { requests } = firm;
  const { changed, lost } = await firm.takeIn(inChanges, random);
  return [
    { name: "contacts", value: firm.contacts, unit: "" },
    { name: "numbers retyped so that Clio's search finds them", value: firm.retyped, unit: "" },
    { name: "killed while it read the firm", value: inRead, unit: "" },
    { name: "requests to lists and webhooks, undisturbed", value: undisturbed.requests, unit: "" },
    {
      name: "requests to lists and webhooks, killed",
      value: requests,
      unit: "",
      target: { atMost: undisturbed.requests + LOST_A_KILL * inRead },
    },
    { name: "killed while it took in changes", value: inChanges, unit: "" },
    { name: "changes", value: changed, unit: "" },
    { name: "deliveries that Clio gave up", value: lost, unit: "" },
    ...(await firm.compared()),
  ];
}

function slowSandbox(firm: Firm, now: () => number): Promise<Sandbox> {
  return startSandbox({
    firms: [firm],
    requestsPerMinute: Number.POSITIVE_INFINITY,
    now,
    webhooks: { retryDelayMs: RETRY_BASE },
  });
}

function slowDown(sandbox: Sandbox): void {
  sandbox.fault({ kind: "latency", ms: CLIO_TAKES, path: "/api/v4", times: Number.POSITIVE_INFINITY });
}

function listRequests({ counts }: Sandbox): number {
  return LISTS.reduce((sum, path) => sum + (counts.get(`/api/v4/${path}`) ?? 0), 0);
}

async function undisturbedRead(): Promise<{ requests: number; milliseconds: number }> {
  const sandbox = await slowSandbox(invented().firm, Date.now);
  try {
    slowDown(sandbox);
    using place = await servicePlace(sandbox.url, { directory: "mirror", https: true });
    sandbox.webhooks.deliverTo = place.url;
    await using service = await startServiceAt(place);
    await place.connectFirm();
    const start = performance.now();
    await metricsUntil(service.url, isComplete, { every: 10 });
    return { requests: listRequests(sandbox), milliseconds: performance.now() - start };
  } finally {
    await sandbox.close();
  }
}

function invented(): FindableFirm {
  return findableFirm({ contacts: CONTACTS, seed: 9 });
}

/** A firm, and a service that is started again on the same folder after every kill. */
class KilledFirm implements AsyncDisposable {
  /** To the lists and webhooks of Clio, until the mirror was complete. */
  requests = 0;
  readonly #invented: FindableFirm;
  readonly #sandbox: Sandbox;
  readonly #place: ServicePlace;
  readonly #clock: { ahead: number };
  readonly #changes: RandomChanges;
  #service: ServiceProcess | null = null;
  #key = "";

  private constructor(
    invented: FindableFirm,
    sandbox: Sandbox,
    place: ServicePlace,
    clock: { ahead: number },
  ) {
    this.#invented = invented;
    this.#sandbox = sandbox;
    this.#place = place;
    this.#clock = clock;
    this.#changes = new RandomChanges(invented, sandbox.changes(), seededRandom(10));
  }

  static async start(): Promise<KilledFirm> {
    const firm = invented();
    const clock = { ahead: 0 };
    const sandbox = await slowSandbox(firm.firm, () => Date.now() + clock.ahead);
    const place = await servicePlace(sandbox.url, { directory: "mirror", https: true });
    sandbox.webhooks.deliverTo = place.url;
    return new KilledFirm(firm, sandbox, place, clock);
  }

  get contacts(): number {
    return this.#invented.firm.contacts.length;
  }

  get retyped(): number {
    return this.#invented.retyped;
  }

  /** Has the firm read, and kills the service so often on the way, or until it is read: returns how often. */
  async read(count: number, life: () => number): Promise<number> {
    slowDown(this.#sandbox);
    let service = await this.#started();
    this.#key = await this.#place.connectFirm();
    let killed = 0;
    for (; killed < count; killed += 1) {
      await pause(life());
      if (isComplete(await metricsOf(service.url))) break;
      await this.#kill();
      service = await this.#started();
    }
    await metricsUntil(service.url, isComplete, { mustRun: () => service.mustRun() });
    this.requests = listRequests(this.#sandbox);
    this.#sandbox.clearFaults();
    await this.#webhooksEnabled();
    return killed;
  }

  /** Changes the firm, and kills the service so often while it is told. */
  async takeIn(count: number, random: Random): Promise<{ changed: number; lost: number }> {
    const { webhooks } = this.#sandbox;
    const told = webhooks.deliveries.length;
    for (let at = 0; at < count; at += 1) {
      for (let change = 0; change < CHANGES_A_LIFE; change += 1) this.#changes.change();
      await pause(random.next() * KILLED_WITHIN);
      await this.#kill();
      await this.#started();
      await webhooks.idle();
    }
    const lost = webhooks.deliveries
      .slice(told)
      .filter(({ status }) => status === null || status >= 400).length;
    return { changed: count * CHANGES_A_LIFE, lost };
  }

  /** What the mirror answers at the end about every contact, beside a service that asks Clio. */
  async compared(): Promise<Figure[]> {
    const target = { url: this.#place.url, key: this.#key };
    const enabled = this.#invented.firm.users.filter((user) => user.enabled);
    using caughtUp = new CaughtUp(this.#sandbox, enabled);
    await caughtUp.by(target);

    using place = await servicePlace(this.#sandbox.url);
    const service = await startServiceHere(place, () => Date.now() + this.#clock.ahead);
    try {
      const live = { url: place.url, key: await place.connectFirm() };
      const { numbers } = this.#changes.asked;
      const paths = this.#invented.firm.contacts.flatMap(({ id }) => [
        `/responsible-staff?clio_contact_id=${id}`,
        ...(numbers.get(id) ?? []).map(routeCallPath),
      ]);
      const distinct = new Set(paths);
      const before = await metricsOf(target.url);
      const ofMirror = await answersOf(target, distinct);
      const after = await metricsOf(target.url);
      const ofLive = await answersOf(live, distinct);
      const different = differing(ofLive, ofMirror);
      for (const path of different.slice(0, SHOWN))
        process.stderr.write(`${path}\n  live:   ${ofLive.get(path)}\n  mirror: ${ofMirror.get(path)}\n`);
      return [
        { name: "numbers and contacts asked about at the end", value: distinct.size, unit: "" },
        {
          name: "of them answered from the mirror",
          value: growth(before, after, answeredFrom("mirror")),
          unit: "",
          target: { atLeast: distinct.size },
        },
        {
          name: "answered otherwise than Clio would have it",
          value: different.length,
          unit: "",
          target: { atMost: 0 },
        },
      ];
    } finally {
      await service.close();
    }
  }

  async #started(): Promise<ServiceProcess> {
    this.#clock.ahead += LEASE;
    this.#service = await startServiceAt(this.#place, {
      nodeOptions: ["--import", CLOCK],
      env: { CLOCK_AHEAD: String(this.#clock.ahead) },
    });
    return this.#service;
  }

  async #kill(): Promise<void> {
    this.#service?.signal("SIGKILL");
    await this.#service?.ended();
    this.#service = null;
  }

  /** One that was killed between Clio's webhook and Clio's handshake makes it anew, later. */
  async #webhooksEnabled(): Promise<void> {
    const { registry } = this.#sandbox.webhooks;
    const areEnabled = () => {
      const all = this.#invented.firm.users.flatMap(({ id }) => registry.of(id));
      return all.length === 2 && all.every(({ status }) => status === "enabled");
    };
    for (let tries = 0; !areEnabled(); tries += 1) {
      if (tries === 10) throw new Error("the webhooks are not in place");
      this.#clock.ahead += 5 * 60_000;
      await this.#kill();
      await this.#started();
      await pause(500);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#service?.[Symbol.asyncDispose]();
    this.#place[Symbol.dispose]();
    await this.#sandbox.close();
  }
}
