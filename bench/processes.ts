import { randomBytes } from "node:crypto";
import { openSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { connectFirm } from "../src/sandbox/connect-firm.ts";
import { freePort } from "../src/sandbox/free-port.ts";
import { Child } from "./child.ts";
import { temporaryFolder } from "./folder.ts";

export const CHECKOUT = join(import.meta.dirname, "..");

/** The stand-in for Clio as a process of its own, its rate limit off. */
export async function startSandboxProcess(): Promise<{ url: string } & AsyncDisposable> {
  const child = new Child(process.execPath, {
    args: ["src/sandbox/main.ts", "--requests-per-minute", "off"],
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
}

/**
 * Starts the service in an empty folder, and waits until it is ready. It logs at its default level, to a file: a
 * pipe would make the bench's own reading a part of what is measured.
 */
export async function startServiceProcess(clioUrl: string): Promise<ServiceProcess> {
  const folder = temporaryFolder();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const setupToken = randomBytes(24).toString("base64url");
  const started = performance.now();
  const child = new Child(process.execPath, {
    args: [join(CHECKOUT, "src/main.ts")],
    cwd: folder.path,
    output: openSync(join(folder.path, "log"), "w"),
    env: {
      // As in the image, where nothing is compiled at the start.
      NODE_COMPILE_CACHE: join(CHECKOUT, "node_modules/.cache/bench"),
      HOST: "127.0.0.1",
      PORT: String(port),
      PUBLIC_URL: url,
      CLIO_CLIENT_ID: "sandbox-client",
      CLIO_CLIENT_SECRET: "sandbox-secret",
      CLIO_BASE_URL: clioUrl,
      SECRET_KEY: randomBytes(32).toString("base64"),
      DATABASE_URL: `sqlite:${join(folder.path, "router.db")}`,
      SETUP_TOKEN: setupToken,
      // The figures are of a service that asks Clio at every call; what the mirror saves is measured beside it.
      DIRECTORY: "live",
    },
  });
  await answers(`${url}/readyz`, child);
  return {
    url,
    pid: child.pid,
    readyAfter: performance.now() - started,
    connectFirm: () => connectFirm({ serviceUrl: url, setupToken }),
    async [Symbol.asyncDispose]() {
      await child[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
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
