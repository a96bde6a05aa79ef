import { setTimeout as pause } from "node:timers/promises";
import { type GeneratedFirm, generatedFirm } from "../../sandbox/firms/generated-firm.ts";
import { createServiceEnvironment, type ServiceEnvironment } from "../../testkit/service-environment.ts";
import { type ServiceProcess, startServiceIn } from "../../testkit/service-process.ts";
import { ADJUSTABLE_CLOCK, CLOCK_STEP_MS, GeneratedSandbox } from "../harness/generated-sandbox.ts";
import type { Target } from "../harness/load/open-loop.ts";
import { mirrorIsComplete, mirrorIsFresh, waitForMetrics } from "../harness/service-metrics.ts";

export interface FirmSize {
  contacts: number;
  matters: number;
  seed: number;
  /** As in `generatedFirm`. */
  relatedShare?: number;
}

/** A large firm in the sandbox, and a service with a complete mirror of it, each in its own process. */
export interface LargeFirm extends AsyncDisposable {
  readonly clio: GeneratedSandbox;
  readonly service: ServiceProcess;
  /** The service's folder and settings. */
  readonly environment: ServiceEnvironment;
  readonly target: Target;
  /** The firm as generated, before any changes. */
  readonly generated: GeneratedFirm;
  /** Every number of every contact, in E.164. */
  readonly numbers: readonly string[];
  readonly initialSync: InitialSync;
  /** Moves the clocks ahead so that a poll is due. Resolves when the mirror has polled. */
  poll(): Promise<void>;
}

export interface InitialSync {
  /** From connecting the firm to the complete mirror. */
  readonly seconds: number;
  /** Requests to Clio's lists and webhooks. */
  readonly requests: number;
}

const COUNTED_RESOURCES = ["contacts", "matters", "users", "webhooks", "webhooks/:id"];

/** How the service's process is started, besides the firm's own settings. */
interface ProcessOptions {
  nodeOptions?: readonly string[];
  env?: Readonly<Record<string, string>>;
}

/** Starts both, connects the firm, and waits until the mirror is complete. */
export async function startLargeFirm(size: FirmSize, options: ProcessOptions = {}): Promise<LargeFirm> {
  await using stack = new AsyncDisposableStack();
  const generated = generatedFirm(size);
  const numbers = [...generated.lines.values()].flatMap((lines) => lines.map(({ e164 }) => e164));
  const clio = stack.use(await GeneratedSandbox.start(size));
  const environment = stack.use(
    await createServiceEnvironment(clio.url, { directory: "mirror", https: true }),
  );
  await clio.configureDeliveries({ deliverTo: environment.url });
  const service = stack.use(await startWithAdjustableClock(environment, options));

  const started = performance.now();
  const key = await service.connectFirm();
  await waitForMetrics(service.url, mirrorIsComplete, {
    intervalMs: 250,
    assertRunning: () => service.assertRunning(),
  });
  const seconds = (performance.now() - started) / 1000;
  const counts = await clio.requestCounts();
  const requests = COUNTED_RESOURCES.reduce((sum, path) => sum + (counts.get(`/api/v4/${path}`) ?? 0), 0);

  const all = stack.move();
  return {
    clio,
    service,
    environment,
    target: { url: service.url, key },
    generated,
    numbers,
    initialSync: { seconds, requests },
    async poll() {
      const polls = async () => (await clio.requestCounts()).get("/api/v4/users") ?? 0;
      const before = await polls();
      clio.advanceClock();
      service.signal("SIGUSR2");
      while ((await polls()) === before) await pause(50);
      await waitForMetrics(service.url, mirrorIsFresh(60));
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

function startWithAdjustableClock(
  environment: ServiceEnvironment,
  { nodeOptions = [], env }: ProcessOptions,
): Promise<ServiceProcess> {
  return startServiceIn(environment, {
    nodeOptions: ["--import", ADJUSTABLE_CLOCK, ...nodeOptions],
    env: { CLOCK_STEP_MS: String(CLOCK_STEP_MS), ...env },
  });
}
