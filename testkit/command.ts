import type { ChildProcess } from "node:child_process";
import { onTestFinished } from "vitest";
import { ManagedProcess } from "./managed-process.ts";
import { folderForTest, type RunningService } from "./service.ts";

export interface Run {
  process: ChildProcess;
  output: { out: string; err: string };
  /** Resolves with the exit code when the output is complete; null if a signal ended the process. */
  ended: Promise<number | null>;
}

/**
 * Runs a script of this project as a separate process. It is killed after the test.
 *
 * @param cwd default: a new folder, without a `.env`
 */
export async function startCommand(
  path: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  { cwd }: { cwd?: string } = {},
): Promise<Run> {
  const child = new ManagedProcess(process.execPath, {
    args: [path, ...args],
    cwd: cwd ?? (await folderForTest()),
    env,
    stdin: "pipe",
  });
  onTestFinished(() => child.signal("SIGKILL"));
  return { process: child.process, output: child.output, ended: child.waitForClose() };
}

/** The settings with which a command uses the database and the Clio of a service. */
export function envOf({
  settings,
  databaseFile,
}: Pick<RunningService, "settings" | "databaseFile">): Record<string, string> {
  return {
    PUBLIC_URL: settings.publicUrl,
    CLIO_CLIENT_ID: settings.clio.clientId,
    CLIO_CLIENT_SECRET: settings.clio.clientSecret,
    CLIO_BASE_URL: settings.clio.baseUrl,
    SECRET_KEY: Buffer.from(settings.secretKeys[0] ?? []).toString("base64"),
    DATABASE_URL: `sqlite:${databaseFile}`,
    DIRECTORY: "mirror",
  };
}
