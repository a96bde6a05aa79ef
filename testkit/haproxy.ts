import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { connect } from "node:net";
import { delimiter, join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { freePort } from "../sandbox/free-port.ts";

/** The balancer of compose.scale.yaml, by the same configuration, as a process on this machine. */
export interface Balancer extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  /** Where HAProxy takes commands. */
  readonly controlPort: number;
  /** A command to its control socket, as `show stat`; resolves with what it says. */
  ask(command: string): Promise<string>;
  /**
   * What it counts and knows of each process, by the process's name, and by the names that HAProxy has for figures.
   * @param backend `unready` for what was led to them while none was ready; default `routers`
   */
  figures(backend?: "routers" | "unready"): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>>;
  /** Resolves when it takes the process for ready. */
  untilUp(name: string): Promise<void>;
  /** What it has printed: what went wrong, and what was tried again. */
  readonly printed: string;
}

const CONFIGURATION = join(import.meta.dirname, "../scale/haproxy.cfg");
/** As many as the configuration has; to a port on which nobody listens where there are fewer. */
const NAMES = ["router1", "router2", "router3"] as const;
const NOBODY = "127.0.0.1:1";

/** Where HAProxy is on this machine: in PATH, or where Debian puts it. Null where it is not installed. */
export function haproxyProgram(): string | null {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin"];
  return folders.map((folder) => join(folder, "haproxy")).find(existsSync) ?? null;
}

/**
 * Starts HAProxy before processes that need not be there yet. It ends with the scope, and at the latest with whoever
 * started it.
 * @param routers host and port of each process, three at most: `127.0.0.1:3001`
 * @throws where HAProxy is not installed, or does not take its configuration
 */
export async function startBalancer(routers: readonly string[]): Promise<Balancer> {
  const program = haproxyProgram();
  if (program === null)
    throw new Error("HAProxy is not installed: neither in PATH nor in /usr/sbin (apt-get install haproxy)");
  const [port, controlPort, figuresPort] = [await freePort(), await freePort(), await freePort()];
  const balancer = spawn(program, ["-f", CONFIGURATION], {
    env: {
      LISTEN: `127.0.0.1:${port}`,
      CONTROL_PORT: String(controlPort),
      FIGURES: `127.0.0.1:${figuresPort}`,
      ANSWER_DEADLINE_MS: "2500",
      ...Object.fromEntries(NAMES.map((name, at) => [name.toUpperCase(), routers[at] ?? NOBODY])),
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  for (const stream of [balancer.stdout, balancer.stderr])
    stream.setEncoding("utf8").on("data", (more: string) => {
      printed += more;
    });
  const kill = () => balancer.kill("SIGKILL");
  process.once("exit", kill);
  const ended = once(balancer, "exit").finally(() => process.off("exit", kill));
  ended.catch(() => {});

  function mustRun(): void {
    if (balancer.exitCode !== null || balancer.signalCode !== null)
      throw new Error(`HAProxy ended (${balancer.signalCode ?? balancer.exitCode}):\n${printed}`);
  }

  async function ask(command: string): Promise<string> {
    mustRun();
    const socket = connect(controlPort, "127.0.0.1");
    socket.end(`${command}\n`);
    return text(socket);
  }

  async function figures(backend = "routers") {
    const lines = (await ask("show stat")).replace(/^# /, "").trim().split("\n");
    const [names = [], ...rows] = lines.map((line) => line.split(","));
    const told = rows.map((row) => Object.fromEntries(names.map((name, at) => [name, row[at] ?? ""])));
    const processes = told.filter(({ pxname, svname }) => pxname === backend && svname !== "BACKEND");
    return new Map(processes.map((one) => [one.svname ?? "", one]));
  }

  for (;;) {
    mustRun();
    const isThere = await ask("show info").then(
      () => true,
      () => false,
    );
    if (isThere) break;
    await pause(5);
  }
  return {
    url: `http://127.0.0.1:${port}`,
    pid: balancer.pid ?? 0,
    controlPort,
    ask,
    figures,
    async untilUp(name) {
      while ((await figures()).get(name)?.status !== "UP") await pause(20);
    },
    get printed() {
      return printed;
    },
    async [Symbol.asyncDispose]() {
      balancer.kill("SIGTERM");
      await ended;
    },
  };
}
