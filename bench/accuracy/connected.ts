import type { Firm } from "../../sandbox/firms/firm.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { startServiceHere } from "../service-here.ts";
import { servicePlace } from "../service-place.ts";

/** The service with one firm admitted, and the sandbox that holds the firm, both in this process. */
export interface Connected extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly serviceUrl: string;
  /** The service's bearer key. */
  readonly key: string;
  /** A token for those who ask the sandbox directly. */
  readonly accessToken: string;
}

/** Starts both on free ports, the sandbox without its rate limit, and connects the firm's first user by OAuth. */
export async function connected(firm: Firm, directory: "live" | "mirror"): Promise<Connected> {
  await using stack = new AsyncDisposableStack();
  const sandbox = await startSandbox({ firms: [firm], requestsPerMinute: Number.POSITIVE_INFINITY });
  stack.defer(() => sandbox.close());
  const place = stack.use(await servicePlace(sandbox.url, { directory }));
  const service = await startServiceHere(place);
  stack.defer(() => service.close());
  const userId = firm.users[0]?.id ?? 0;
  const key = await place.connectFirm(userId);
  const { access_token: accessToken } = sandbox.issueToken(userId);
  const all = stack.move();
  return {
    sandbox,
    serviceUrl: service.url,
    key,
    accessToken,
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
