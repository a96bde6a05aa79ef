import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Child } from "./child.ts";
import { type PlaceOptions, type ServicePlace, servicePlace } from "./service-place.ts";

export const CHECKOUT = join(import.meta.dirname, "..");

/** The stand-in for Clio as a process of its own, its rate limit off. */
export async function startSandboxProcess(): Promise<{ url: string } & AsyncDisposable> {
  const child = new Child(process.execPath, {
    args: ["sandbox/main.ts", "--requests-per-minute", "off"],
    cwd: CHECKOUT,
  });
  const [url] = await child.printed(/http:\/\/\S+/);
  return { url, [Symbol.asyncDispose]: () => child[Symbol.asyncDispose]() };
}

/** The service as a process of its own, as `npm start` runs it. */
export interface ServiceProcess extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  /** Milliseconds from the start of the process to the first `/readyz` that was 200. */
  readonly readyAfter: number;
  /** Connects the sandbox's firm by the real OAuth flow; resolves with its bearer key. */
  connectFirm(): Promise<string>;
  signal(name: NodeJS.Signals): void;
  /** Throws when it has ended. */
  mustRun(): void;
  /** Resolves with its exit code once it has ended; null when a signal ended it. */
  ended(): Promise<number | null>;
}

/** Starts the service in an empty folder of its own, and waits until it is ready. */
export async function startServiceProcess(clioUrl: string, options?: PlaceOptions): Promise<ServiceProcess> {
  const place = await servicePlace(clioUrl, options);
  const service = await startServiceAt(place);
  return {
    ...service,
    async [Symbol.asyncDispose]() {
      await service[Symbol.asyncDispose]();
      place[Symbol.dispose]();
    },
  };
}

/**
 * Starts the service of a place, and waits until it is ready. It logs at its default level, to a file: a pipe would make
 * the bench's own reading a part of what is measured.
 * @param nodeOptions options for Node
 * @param env what else is in the environment
 */
export async function startServiceAt(
  { url, folder, env: settings, connectFirm }: ServicePlace,
  { nodeOptions = [], env = {} }: { nodeOptions?: string[]; env?: Record<string, string> } = {},
): Promise<ServiceProcess> {
  const started = performance.now();
  const log = openSync(join(folder, "log"), "a");
  const child = new Child(process.execPath, {
    args: [...nodeOptions, join(CHECKOUT, "src/main.ts")],
    cwd: folder,
    output: log,
    // The cache as in the image, where nothing is compiled at the start.
    env: { NODE_COMPILE_CACHE: join(CHECKOUT, "node_modules/.cache/bench"), ...settings, ...env },
  });
  closeSync(log);
  await answers(`${url}/readyz`, child);
  return {
    url,
    pid: child.pid,
    readyAfter: performance.now() - started,
    connectFirm,
    signal: (name) => child.signal(name),
    mustRun: () => child.mustRun(),
    ended: () => child.ended(),
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}

/** Asks until the answer is 200. */
async function answers(url: string, child: Child): Promise<void> {
  for (;;) {
    child.mustRun();
    const status = await fetch(url).then(
      async (answer) => {
        await answer.body?.cancel();
        return answer.status;
      },
      () => null,
    );
    if (status === 200) return;
    await pause(2);
  }
}
