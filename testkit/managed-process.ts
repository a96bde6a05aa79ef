import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";

interface ProcessOptions {
  args: readonly string[];
  cwd: string;
  /** The environment, besides PATH, HOME and the compile cache that the tests' configuration sets. */
  env?: Readonly<Record<string, string>>;
  /** The file descriptor for standard output and error. Without it, both are collected in `output`. */
  outputFile?: number;
  /** Default `ignore`. */
  stdin?: "ignore" | "pipe";
}

const STOP_TIMEOUT_MS = 15_000;

/** A child process: stopped when its scope ends, and killed at the latest when this process exits. */
export class ManagedProcess implements AsyncDisposable {
  readonly process: ChildProcess;
  readonly output = { out: "", err: "" };
  readonly #exit: Promise<unknown>;
  readonly #close: Promise<unknown>;

  constructor(command: string, { args, cwd, env = {}, outputFile, stdin = "ignore" }: ProcessOptions) {
    const output = outputFile ?? "pipe";
    const { PATH, HOME, NODE_COMPILE_CACHE } = process.env;
    this.process = spawn(command, args, {
      cwd,
      env: { PATH, HOME, NODE_COMPILE_CACHE, ...env },
      stdio: [stdin, output, output],
    });
    this.process.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.output.out += text;
    });
    this.process.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.output.err += text;
    });
    const kill = () => this.process.kill("SIGKILL");
    process.once("exit", kill);
    this.#exit = once(this.process, "exit").finally(() => process.off("exit", kill));
    this.#exit.catch(() => {});
    this.#close = once(this.process, "close");
    this.#close.catch(() => {});
  }

  get pid(): number {
    if (this.process.pid === undefined) throw new Error(`${this.process.spawnfile} could not be started`);
    return this.process.pid;
  }

  /** Resolves with the first match in the output. Rejects if the process exits without one. */
  async waitForOutput(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.output.out) ?? pattern.exec(this.output.err);
      if (match) return match;
      this.assertRunning();
      await pause(1);
    }
  }

  /** Throws if the process has exited. */
  assertRunning(): void {
    const { exitCode, signalCode, spawnargs } = this.process;
    const { out, err } = this.output;
    if (exitCode !== null || signalCode !== null)
      throw new Error(`${spawnargs.join(" ")} exited (${signalCode ?? exitCode}):\n${out}${err}`);
  }

  signal(name: NodeJS.Signals): void {
    this.process.kill(name);
  }

  /** Resolves with the exit code once the process has exited; null if a signal ended it. */
  async waitForExit(): Promise<number | null> {
    await this.#exit;
    return this.process.exitCode;
  }

  /** Like `waitForExit`, but also waits until the output is complete, including that of the process's own children. */
  async waitForClose(): Promise<number | null> {
    await this.#close;
    return this.process.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.process.kill("SIGTERM");
    const killTimer = setTimeout(() => this.process.kill("SIGKILL"), STOP_TIMEOUT_MS);
    await this.#exit;
    clearTimeout(killTimer);
  }
}
