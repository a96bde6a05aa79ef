import { setTimeout as pause } from "node:timers/promises";
import { type GeneratedFirm, generatedFirm } from "../../sandbox/firms/generated-firm.ts";
import { type ServiceProcess, startServiceAt } from "../processes.ts";
import { type ServicePlace, servicePlace } from "../service-place.ts";
import { CLOCK, CLOCK_STEP, ClioProcess } from "./clio-process.ts";
import type { Target } from "./load.ts";
import { isComplete, isUpToDate, metricsUntil } from "./service-metrics.ts";

export interface FirmSize {
  contacts: number;
  matters: number;
  seed: number;
}

/** A firm in the sandbox, and the service that has read all of it; each a process of its own. */
export interface BigFirm extends AsyncDisposable {
  readonly clio: ClioProcess;
  readonly service: ServiceProcess;
  /** The service, for whoever calls it. */
  readonly target: Target;
  /** The firm as it was before anything was changed in it. */
  readonly invented: GeneratedFirm;
  /** Every number of every contact, in E.164. */
  readonly numbers: readonly string[];
  readonly firstRead: FirstRead;
  /** Moves the clocks on, so that a poll is due, and resolves when it was made. */
  poll(): Promise<void>;
}

export interface FirstRead {
  /** From the connection to the complete mirror. */
  readonly seconds: number;
  /** Requests to the API's lists and to its webhooks. */
  readonly requests: number;
}

const LISTS = ["contacts", "matters", "users", "webhooks", "webhooks/:id"];

/** Starts both, connects the firm, and waits until the service has read it. */
export async function bigFirm(size: FirmSize): Promise<BigFirm> {
  await using stack = new AsyncDisposableStack();
  const invented = generatedFirm(size);
  const numbers = [...invented.lines.values()].flatMap((lines) => lines.map(({ e164 }) => e164));
  const clio = stack.use(await ClioProcess.start(size));
  const place = stack.use(await servicePlace(clio.url, { directory: "mirror", https: true }));
  await clio.deliver({ deliverTo: place.url });
  const service = stack.use(await startWithClock(place));

  const started = performance.now();
  const key = await service.connectFirm();
  await metricsUntil(service.url, isComplete, { every: 250, mustRun: () => service.mustRun() });
  const seconds = (performance.now() - started) / 1000;
  const counts = await clio.counts();
  const requests = LISTS.reduce((sum, path) => sum + (counts.get(`/api/v4/${path}`) ?? 0), 0);

  const all = stack.move();
  return {
    clio,
    service,
    target: { url: service.url, key },
    invented,
    numbers,
    firstRead: { seconds, requests },
    async poll() {
      const polls = async () => (await clio.counts()).get("/api/v4/users") ?? 0;
      const before = await polls();
      clio.moveClock();
      service.signal("SIGUSR2");
      while ((await polls()) === before) await pause(50);
      await metricsUntil(service.url, isUpToDate(60));
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

function startWithClock(place: ServicePlace): Promise<ServiceProcess> {
  return startServiceAt(place, {
    nodeOptions: ["--import", CLOCK],
    env: { CLOCK_STEP: String(CLOCK_STEP) },
  });
}
