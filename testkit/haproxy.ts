import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { connect } from "node:net";
import { delimiter, join } from "node:path";
import { text as readText } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { freePort } from "../sandbox/free-port.ts";

/** The load balancer of compose.scale.yaml, with the same configuration, as a process on this machine. */
export interface Balancer extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  /** The port of the runtime API. */
  readonly controlPort: number;
  /** Sends a command to the runtime API, such as `show stat`. Resolves with the output. */
  sendCommand(command: string): Promise<string>;
  /**
   * The statistics of each server: by the server's name, then by the name of the field in `show stat`.
   *
   * @param backend `unready` for requests while no server was ready; default `routers`
   */
  statistics(backend?: "routers" | "unready"): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>>;
  /** Waits until the balancer considers a server ready. */
  untilUp(name: string): Promise<void>;
  /** Everything HAProxy has printed. */
  readonly output: string;
}

const CONFIGURATION = join(import.meta.dirname, "../scale/haproxy.cfg");
/** The servers in the configuration. */
const SERVER_NAMES = ["router1", "router2", "router3"] as const;
/** For servers that aren't used: nothing listens on this port. */
const UNUSED_ADDRESS = "127.0.0.1:1";

/** The path of HAProxy, from PATH or where Debian installs it; null if it isn't installed. */
export function findHaproxy(): string | null {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin"];
  return folders.map((folder) => join(folder, "haproxy")).find(existsSync) ?? null;
}

/**
 * Starts HAProxy. It is stopped when its scope ends, and at the latest when this process ends.
 *
 * @param routers host and port of each server, such as `127.0.0.1:3001`; up to three, which don't have to run yet
 * @throws if HAProxy isn't installed, or rejects its configuration
 */
export async function startBalancer(routers: readonly string[]): Promise<Balancer> {
  const program = findHaproxy();
  if (program === null)
    throw new Error("HAProxy is not installed: neither in PATH nor in /usr/sbin (apt-get install haproxy)");
  const [port, controlPort, statisticsPort] = [await freePort(), await freePort(), await freePort()];
  const balancer = spawn(program, ["-f", CONFIGURATION], {
    env: {
      LISTEN: `127.0.0.1:${port}`,
      CONTROL_PORT: String(controlPort),
      FIGURES: `127.0.0.1:${statisticsPort}`,
      ANSWER_DEADLINE_MS: "2500",
      ...Object.fromEntries(
        SERVER_NAMES.map((name, index) => [name.toUpperCase(), routers[index] ?? UNUSED_ADDRESS]),
      ),
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [balancer.stdout, balancer.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  const kill = () => balancer.kill("SIGKILL");
  process.once("exit", kill);
  const ended = once(balancer, "exit").finally(() => process.off("exit", kill));
  ended.catch(() => {});

  function mustRun(): void {
    if (balancer.exitCode !== null || balancer.signalCode !== null)
      throw new Error(`HAProxy exited (${balancer.signalCode ?? balancer.exitCode}):\n${output}`);
  }

  async function sendCommand(command: string): Promise<string> {
    mustRun();
    const socket = connect(controlPort, "127.0.0.1");
    socket.end(`${command}\n`);
    return readText(socket);
  }

  async function statistics(backend = "routers") {
    const lines = (await sendCommand("show stat")).replace(/^# /, "").trim().split("\n");
    const [fields = [], ...rows] = lines.map((line) => line.split(","));
    const entries = rows.map((row) =>
      Object.fromEntries(fields.map((field, index) => [field, row[index] ?? ""])),
    );
    const servers = entries.filter(({ pxname, svname }) => pxname === backend && svname !== "BACKEND");
    return new Map(servers.map((server) => [server.svname ?? "", server]));
  }

  for (;;) {
    mustRun();
    const isListening = await sendCommand("show info").then(
      () => true,
      () => false,
    );
    if (isListening) break;
    await pause(5);
  }
  return {
    url: `http://127.0.0.1:${port}`,
    pid: balancer.pid ?? 0,
    controlPort,
    sendCommand,
    statistics,
    async untilUp(name) {
      while ((await statistics()).get(name)?.status !== "UP") await pause(20);
    },
    get output() {
      return output;
    },
    async [Symbol.asyncDispose]() {
      balancer.kill("SIGTERM");
      await ended;
    },
  };
}
