import { join } from "node:path";
import { freePort } from "../../sandbox/free-port.ts";

/** What a process has used since it started. */
export interface ResourceUsage {
  /** CPU time of all its threads, in user and system mode. */
  readonly cpuMicroseconds: number;
  /** SQLite statements. */
  readonly queries: number;
}

/** Measures a process from outside. Start the process with `nodeOptions` and `env`. */
export interface ProcessProbe {
  readonly nodeOptions: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  read(): Promise<ResourceUsage>;
  startProfile(): Promise<void>;
  /** Resolves with the content of a `.cpuprofile` file, which Chrome's developer tools can open. */
  stopProfile(): Promise<string>;
}

const PROBE_MAIN = join(import.meta.dirname, "process-probe-main.ts");

export async function createProcessProbe(): Promise<ProcessProbe> {
  const port = await freePort();
  const get = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).text();
  return {
    nodeOptions: ["--import", PROBE_MAIN],
    env: { PROBE_PORT: String(port) },
    read: async () => JSON.parse(await get("/")) as ResourceUsage,
    async startProfile() {
      await get("/start-profile");
    },
    stopProfile: () => get("/stop-profile"),
  };
}
