import { ManagedProcess } from "../../testkit/managed-process.ts";
import { REPOSITORY_ROOT } from "../../testkit/repository-root.ts";

/** Starts the sandbox with its example firm as a separate process, without a rate limit. */
export async function startSandboxProcess(): Promise<{ url: string } & AsyncDisposable> {
  const sandbox = new ManagedProcess(process.execPath, {
    args: ["sandbox/main.ts", "--requests-per-minute", "off"],
    cwd: REPOSITORY_ROOT,
  });
  const [url] = await sandbox.waitForOutput(/http:\/\/\S+/);
  return { url, [Symbol.asyncDispose]: () => sandbox[Symbol.asyncDispose]() };
}
