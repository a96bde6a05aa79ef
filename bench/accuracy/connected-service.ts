import type { Firm } from "../../sandbox/firms/firm.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import type { Service } from "../../src/server.ts";
import { createServiceEnvironment } from "../../testkit/service-environment.ts";
import { startInProcessService } from "../harness/in-process-service.ts";

/** The service with one connected firm, and the sandbox with that firm, both in this process. */
export interface ConnectedService extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly services: Service["services"];
  readonly serviceUrl: string;
  /** The firm's API key. */
  readonly key: string;
  /** An access token for requests straight to the sandbox. */
  readonly accessToken: string;
}

/** Starts both on free ports, the sandbox without a rate limit, and connects the firm's first user by OAuth. */
export async function startConnectedService(
  firm: Firm,
  directory: "live" | "mirror",
): Promise<ConnectedService> {
  await using stack = new AsyncDisposableStack();
  const sandbox = await startSandbox({ firms: [firm], requestsPerMinute: Number.POSITIVE_INFINITY });
  stack.defer(() => sandbox.close());
  const environment = stack.use(await createServiceEnvironment(sandbox.url, { directory }));
  const service = await startInProcessService(environment);
  stack.defer(() => service.close());
  const userId = firm.users[0]?.id ?? 0;
  const key = await environment.connectFirm(userId);
  const { access_token: accessToken } = sandbox.issueToken(userId);
  const all = stack.move();
  return {
    sandbox,
    services: service.services,
    serviceUrl: service.url,
    key,
    accessToken,
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
