import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";

interface ChildOptions {
  args: readonly string[];
  cwd: string;
  env?: Readonly<Record<string, string>>;
  /** A file's descriptor for standard output and error; without it, `printed` sees what is printed. */
  output?: number;
}

const LONGEST_STOP = 15_000;

/** A process that the bench has started: stopped when its scope ends, and killed at the latest when the bench ends. */
export class Child implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #exit: Promise<unknown>;
  #text = "";

  constructor(command: string, { args, cwd, env = {}, output }: ChildOptions) {
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

  /** The first match in what it prints. Rejects when it ends without one. */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.#text);
      if (match) return match;
      this.mustRun();
      await pause(1);
    }
  }

  /** Throws when it has ended. */
  mustRun(): void {
    const { exitCode, signalCode, spawnargs } = this.#process;
    if (exitCode !== null || signalCode !== null)
      throw new Error(`${spawnargs.join(" ")} ended (${signalCode ?? exitCode}):\n${this.#text}`);
  }

  signal(name: NodeJS.Signals): void {
    this.#process.kill(name);
  }

  /** Resolves with its exit code once it has ended by itself; null when a signal ended it. */
  async ended(): Promise<number | null> {
    await this.#exit;
    return this.#process.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGTERM");
    const stubborn = setTimeout(() => this.#process.kill("SIGKILL"), LONGEST_STOP);
    await this.#exit;
    clearTimeout(stubborn);
  }
}
