import { ManagedProcess } from "../../testkit/managed-process.ts";
import { REPOSITORY_ROOT } from "../../testkit/repository-root.ts";

/** Bare Express routes in a separate process, to compare the service with. */
export interface BaselineServer extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
}

/**
 * @param bodies what each path returns, whatever the method: JSON, or HTML as a string
 * @param options for Node.js, and further environment variables
 */
export async function startBaselineServer(
  bodies: Readonly<Record<string, unknown>>,
  {
    nodeOptions = [],
    env = {},
  }: { nodeOptions?: readonly string[]; env?: Readonly<Record<string, string>> } = {},
): Promise<BaselineServer> {
  const child = new ManagedProcess(process.execPath, {
    args: [...nodeOptions, "bench/harness/baseline-server-main.ts"],
    cwd: REPOSITORY_ROOT,
    env: { ...env, BODIES: JSON.stringify(bodies), NODE_ENV: "production" },
  });
  const [url] = await child.waitForOutput(/http:\/\/\S+/);
  return { url, pid: child.pid, [Symbol.asyncDispose]: () => child[Symbol.asyncDispose]() };
}
