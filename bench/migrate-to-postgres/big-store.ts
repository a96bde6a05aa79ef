import { generatedFirm } from "../../sandbox/firms/generated-firm.ts";
import { seededRandom } from "../../sandbox/firms/random.ts";
import { ClioProcess } from "../calls/clio-process.ts";
import { isComplete, metricsUntil } from "../calls/service-metrics.ts";
import { startServiceAt } from "../processes.ts";
import { type ServicePlace, servicePlace } from "../service-place.ts";

const CALLS = 500;

/** A firm in the sandbox, and a service that has read all of it into its file, and was stopped. */
export interface BigStore extends AsyncDisposable {
  readonly place: ServicePlace;
  readonly file: string;
  /** How many of the same calls a service of that place answers otherwise than the first one did. */
  answersOtherwise(env: Readonly<Record<string, string>>): Promise<number>;
}

export interface FirmSize {
  contacts: number;
  matters: number;
  seed: number;
}

/** Starts the sandbox and the service, connects the firm, waits until it is read, asks, and stops the service. */
export async function bigStore(size: FirmSize): Promise<BigStore> {
  await using stack = new AsyncDisposableStack();
  const clio = stack.use(await ClioProcess.start(size));
  const place = stack.use(await servicePlace(clio.url, { directory: "mirror" }));
  const callers = someCallers(size);
  const { key, answers } = await firstService(place, callers);
  const all = stack.move();
  return {
    place,
    file: (place.env.DATABASE_URL ?? "").slice("sqlite:".length),
    async answersOtherwise(env) {
      await using service = await startServiceAt(place, { env });
      const now = await asked(service.url, key, callers);
      return now.filter((answer, at) => answer !== answers[at]).length;
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

async function firstService(place: ServicePlace, callers: readonly string[]) {
  await using service = await startServiceAt(place);
  const key = await service.connectFirm();
  await metricsUntil(service.url, isComplete, { every: 250, mustRun: () => service.mustRun() });
  return { key, answers: await asked(service.url, key, callers) };
}

function someCallers(size: FirmSize): string[] {
  const { lines } = generatedFirm(size);
  const numbers = [...lines.values()].flatMap((each) => each.map(({ e164 }) => e164));
  const random = seededRandom(5);
  return Array.from({ length: CALLS }, () => random.pick(numbers));
}

async function asked(url: string, key: string, callers: readonly string[]): Promise<string[]> {
  const answers: string[] = [];
  for (const caller of callers) {
    const answer = await fetch(`${url}/route-call?caller_id=${encodeURIComponent(caller)}`, {
      headers: { Authorization: `Bearer ${key}` },
    });
    answers.push(`${answer.status} ${await answer.text()}`);
  }
  return answers;
}
