import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { onTestFinished } from "vitest";
import { exampleFirm } from "../sandbox/firms/example-firm.ts";
import type { Firm } from "../sandbox/firms/firm.ts";
import { CHILD_ENV } from "./child-env.ts";
import { folderForTest, type RunningService } from "./service.ts";

export interface Run {
  process: ChildProcess;
  output: { out: string; err: string };
  ended: Promise<number | null>;
}

/** A command of this project as a process of its own, in a folder without a `.env`, killed after the test. */
export async function startCommand(
  path: string,
  args: readonly string[],
  env: Record<string, string>,
): Promise<Run> {
  const cwd = await folderForTest();
  const child = spawn(process.execPath, [path, ...args], { cwd, env: { ...CHILD_ENV, ...env } });
  onTestFinished(() => void child.kill("SIGKILL"));
  const output = { out: "", err: "" };
  child.stdout.on("data", (text) => (output.out += text));
  child.stderr.on("data", (text) => (output.err += text));
  return { process: child, output, ended: once(child, "close").then(([code]) => code) };
}

/** The settings of a service that a command needs to find its database and its Clio. */
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

/** A second firm, of one user. */
export function quillAndPartners(): Firm {
  const firm = exampleFirm();
  const [first] = firm.users;
  if (!first) throw new Error("the example firm has nobody");
  const users = [{ ...first, id: 10_350, name: "Q. Quill", email: "q@quill.example" }];
  return { account: { id: 88_002, name: "Quill & Partners" }, users, contacts: [], matters: [] };
}
