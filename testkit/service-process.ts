import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { ManagedProcess } from "./managed-process.ts";
import { REPOSITORY_ROOT } from "./repository-root.ts";
import {
  createServiceEnvironment,
  type ServiceEnvironment,
  type ServiceEnvironmentOptions,
} from "./service-environment.ts";

/** The service as a separate process, as `npm start` runs it. */
export interface ServiceProcess extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  /** Milliseconds from the start of the process to the first 200 from `/readyz`. */
  readonly readyAfterMs: number;
  /** Connects the sandbox's firm by the real OAuth flow. Resolves with its API key. */
  connectFirm(): Promise<string>;
  signal(name: NodeJS.Signals): void;
  /** Throws when the process has exited. */
  assertRunning(): void;
  /** Resolves with the exit code once the process has exited; null when a signal ended it. */
  waitForExit(): Promise<number | null>;
}

/** Starts the service in a new environment, and waits until it is ready. */
export async function startServiceProcess(
  clioUrl: string,
  options?: ServiceEnvironmentOptions,
): Promise<ServiceProcess> {
  const environment = await createServiceEnvironment(clioUrl, options);
  const service = await startServiceIn(environment);
  return {
    ...service,
    async [Symbol.asyncDispose]() {
      await service[Symbol.asyncDispose]();
      environment[Symbol.dispose]();
    },
  };
}

/**
 * Starts the service in an existing environment, and waits until it is ready. It logs to a file: with a pipe, the
 * benchmark's own reading would be part of what is measured.
 * @param nodeOptions command-line options for Node.js
 * @param env further environment variables
 * @param main what to run, in this repository, instead of the service's own entry point
 */
export async function startServiceIn(
  { url, folder, env: settings, connectFirm }: ServiceEnvironment,
  {
    nodeOptions = [],
    env = {},
    main = "src/main.ts",
  }: { nodeOptions?: string[]; env?: Record<string, string>; main?: string } = {},
): Promise<ServiceProcess> {
  const started = performance.now();
  const log = openSync(join(folder, "log"), "a");
  const child = new ManagedProcess(process.execPath, {
    args: [...startOptions(), ...nodeOptions, join(REPOSITORY_ROOT, main)],
    cwd: folder,
    outputFile: log,
    // As in the Docker image, where the compile cache is already filled.
    env: { NODE_COMPILE_CACHE: join(REPOSITORY_ROOT, "node_modules/.cache/bench"), ...settings, ...env },
  });
  closeSync(log);
  await waitForOk(`${url}/readyz`, child);
  return {
    url,
    pid: child.pid,
    readyAfterMs: performance.now() - started,
    connectFirm,
    signal: (name) => child.signal(name),
    assertRunning: () => child.assertRunning(),
    waitForExit: () => child.waitForExit(),
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}

/** The options for Node.js in `npm start`. */
function startOptions(): string[] {
  const { scripts } = JSON.parse(readFileSync(join(REPOSITORY_ROOT, "package.json"), "utf8"));
  return scripts.start.split(" ").filter((part: string) => part.startsWith("--"));
}

/** Polls until the response is 200. */
async function waitForOk(url: string, child: ManagedProcess): Promise<void> {
  for (;;) {
    child.assertRunning();
    const status = await fetch(url).then(
      async (response) => {
        await response.body?.cancel();
        return response.status;
      },
      () => null,
    );
    if (status === 200) return;
    await pause(2);
  }
}
