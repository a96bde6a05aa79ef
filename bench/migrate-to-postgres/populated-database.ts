import { generatedFirm } from "../../sandbox/firms/generated-firm.ts";
import { seededRandom } from "../../sandbox/firms/random.ts";
import { createServiceEnvironment, type ServiceEnvironment } from "../../testkit/service-environment.ts";
import { startServiceIn } from "../../testkit/service-process.ts";
import { GeneratedSandbox } from "../harness/generated-sandbox.ts";
import { mirrorIsComplete, waitForMetrics } from "../harness/service-metrics.ts";

export const COMPARED_CALLS = 500;

/** A firm in the sandbox, and the SQLite file of a service that made a complete mirror of it and was stopped. */
export interface PopulatedDatabase extends AsyncDisposable {
  readonly environment: ServiceEnvironment;
  readonly file: string;
  /** Restarts the service with other settings. Returns how many of the same calls it answers differently. */
  countChangedAnswers(env: Readonly<Record<string, string>>): Promise<number>;
}

export interface FirmSize {
  contacts: number;
  matters: number;
  seed: number;
}

/** Starts the sandbox and the service, connects the firm, waits for the mirror, places calls, and stops the service. */
export async function populateDatabase(size: FirmSize): Promise<PopulatedDatabase> {
  await using stack = new AsyncDisposableStack();
  const clio = stack.use(await GeneratedSandbox.start(size));
  const environment = stack.use(await createServiceEnvironment(clio.url, { directory: "mirror" }));
  const callers = pickCallers(size);
  const { key, answers } = await runFirstService(environment, callers);
  const all = stack.move();
  return {
    environment,
    file: (environment.env.DATABASE_URL ?? "").slice("sqlite:".length),
    async countChangedAnswers(env) {
      await using service = await startServiceIn(environment, { env });
      const now = await callAll(service.url, key, callers);
      return now.filter((answer, at) => answer !== answers[at]).length;
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

async function runFirstService(environment: ServiceEnvironment, callers: readonly string[]) {
  await using service = await startServiceIn(environment);
  const key = await service.connectFirm();
  await waitForMetrics(service.url, mirrorIsComplete, {
    intervalMs: 250,
    assertRunning: () => service.assertRunning(),
  });
  return { key, answers: await callAll(service.url, key, callers) };
}

function pickCallers(size: FirmSize): string[] {
  const { lines } = generatedFirm(size);
  const numbers = [...lines.values()].flatMap((each) => each.map(({ e164 }) => e164));
  const random = seededRandom(5);
  return Array.from({ length: COMPARED_CALLS }, () => random.pick(numbers));
}

async function callAll(url: string, key: string, callers: readonly string[]): Promise<string[]> {
  const answers: string[] = [];
  for (const caller of callers) {
    const response = await fetch(`${url}/route-call?caller_id=${encodeURIComponent(caller)}`, {
      headers: { Authorization: `Bearer ${key}` },
    });
    answers.push(`${response.status} ${await response.text()}`);
  }
  return answers;
}
