import { spawn } from "node:child_process";
import { once } from "node:events";

/** The checkout that is built and started. The guides' commands run in this folder. */
export const APP = "/lab/app";

/** A script exited with an error. The message has the last lines that it printed. */
export class CommandFailedError extends Error {
  override readonly name = "CommandFailedError";
}

/** Longer than any script takes, even on a busy machine. */
const COMMAND_TIMEOUT_MS = 300_000;

/**
 * Runs a script in bash, which stops at the first command that fails.
 * @param folder the working directory; default `APP`
 * @returns standard output, without trailing white space
 * @throws CommandFailedError
 */
export async function bash(script: string, folder = APP): Promise<string> {
  const child = spawn("bash", ["-euo", "pipefail", "-c", script], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: COMMAND_TIMEOUT_MS,
  });
  let standardOutput = "";
  let everything = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    standardOutput += text;
    everything += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    everything += text;
  });
  const [code, signal] = await once(child, "close");
  if (code === 0) return standardOutput.trimEnd();
  throw new CommandFailedError(`${script}\nexited with ${code ?? signal}:\n${lastLines(everything, 15)}`);
}

/** Runs a script that is expected to fail; returns what it printed. Throws if it exits with 0. */
export async function failing(script: string): Promise<string> {
  try {
    await bash(script);
  } catch (error) {
    if (error instanceof CommandFailedError) return error.message;
    throw error;
  }
  throw new Error(`${script}\nexited with 0`);
}

function lastLines(text: string, count: number): string {
  return text.trimEnd().split("\n").slice(-count).join("\n");
}
