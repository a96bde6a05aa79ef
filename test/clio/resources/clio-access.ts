import { onTestFinished } from "vitest";
import { exampleFirm } from "../../../sandbox/firms/example-firm.ts";
import { type Sandbox, type SandboxOptions, startSandbox } from "../../../sandbox/sandbox.ts";
import { createClioClient } from "../../../src/clio/client.ts";
import type { ClioAccess } from "../../../src/clio/paging.ts";
import { inMemoryRateLimits } from "../../../src/clio/rate-limits.ts";
import type { Metrics } from "../../../src/runtime/metrics.ts";
import { type RequestContext, startContext } from "../../../src/runtime/request-context.ts";

/** Clio's client with a sandbox behind it, for one test. */
export interface SandboxAccess {
  readonly sandbox: Sandbox;
  readonly context: RequestContext;
  /** Clio as one user sees it. Default: Felix Dubinsky. */
  accessOf(userId?: number): ClioAccess;
}

/** Starts a sandbox with the example firm and a client for it. Both end with the test. */
export async function sandboxAccessForTest({
  startProxy = async (url) => url,
  ...options
}: SandboxOptions & {
  /** Starts a proxy in front of the sandbox. Returns its URL. */
  startProxy?: (sandboxUrl: string) => Promise<string>;
} = {}): Promise<SandboxAccess> {
  const sandbox = await startSandbox({
    firms: [exampleFirm()],
    requestsPerMinute: Number.POSITIVE_INFINITY,
    ...options,
  });
  const metrics = { clioRequests: { inc() {} } } as unknown as Metrics;
  const client = createClioClient(await startProxy(sandbox.url), metrics, inMemoryRateLimits());
  const context = startContext(30_000);
  onTestFinished(async () => {
    context.close();
    client.close();
    await sandbox.close();
  });
  return {
    sandbox,
    context,
    accessOf(userId = 350) {
      const { access_token } = sandbox.issueToken(userId);
      const tokens = {
        getAccessToken: async () => access_token,
        refreshAccessToken: async () => sandbox.issueToken(userId).access_token,
      };
      return { request: (request, each) => client.request(tokens, request, each) };
    },
  };
}
