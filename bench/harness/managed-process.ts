import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";

interface ProcessOptions {
  args: readonly string[];
  cwd: string;
  env?: Readonly<Record<string, string>>;
  /** The file descriptor for standard output and error. Without it, `waitForOutput` reads both. */
  output?: number;
}

const STOP_TIMEOUT_MS = 15_000;

/** A process that the benchmark starts: stopped when its scope ends, and killed when the benchmark exits. */
export class ManagedProcess implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #exit: Promise<unknown>;
  #text = "";

  constructor(command: string, { args, cwd, env = {}, output }: ProcessOptions) {
    const stdio = output ?? "pipe";
    const { PATH = "", HOME = "" } = process.env;
    this.#process = spawn(command, args, {
      cwd,
      env: { PATH, HOME, ...env },
      stdio: ["ignore", stdio, stdio],
    });
    for (const stream of [this.#process.stdout, this.#process.stderr])
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.#text += text;
      });
    const kill = () => this.#process.kill("SIGKILL");
    process.once("exit", kill);
    this.#exit = once(this.#process, "exit").finally(() => process.off("exit", kill));
    this.#exit.catch(() => {});
  }

  get pid(): number {
    if (this.#process.pid === undefined) throw new Error(`${this.#process.spawnfile} could not be started`);
    return this.#process.pid;
  }

  /** Resolves with the first match in the output. Rejects when the process exits without one. */
  async waitForOutput(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.#text);
      if (match) return match;
      this.assertRunning();
      await pause(1);
    }
  }

  /** Throws when the process has exited. */
  assertRunning(): void {
    const { exitCode, signalCode, spawnargs } = this.#process;
    if (exitCode !== null || signalCode !== null)
      throw new Error(`${spawnargs.join(" ")} exited (${signalCode ?? exitCode}):\n${this.#text}`);
  }

  signal(name: NodeJS.Signals): void {
    this.#process.kill(name);
  }

  /** Resolves with the exit code once the process has exited; null when a signal ended it. */
  async waitForExit(): Promise<number | null> {
    await this.#exit;
    return this.#process.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGTERM");
    const killTimer = setTimeout(() => this.#process.kill("SIGKILL"), STOP_TIMEOUT_MS);
    await this.#exit;
    clearTimeout(killTimer);
  }
}
