import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { pino } from "pino";
import { connectFirm } from "../../src/sandbox/connect-firm.ts";
import type { Firm } from "../../src/sandbox/firm.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/sandbox.ts";
import { startService } from "../../src/service.ts";
import { readSettings } from "../../src/settings.ts";
import { temporaryFolder } from "../folder.ts";

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
export async function connected(firm: Firm): Promise<Connected> {
  await using stack = new AsyncDisposableStack();
  const sandbox = await startSandbox({ firms: [firm], requestsPerMinute: Number.POSITIVE_INFINITY });
  stack.defer(() => sandbox.close());
  const folder = stack.use(temporaryFolder()).path;
  const key = randomBytes(32).toString("base64url");
  const setupToken = randomBytes(24).toString("base64url");
  const settings = readSettings({
    envFile: join(folder, ".env"),
    env: {
      PORT: "0",
      HOST: "127.0.0.1",
      PUBLIC_URL: "http://127.0.0.1:3000",
      CLIO_CLIENT_ID: "sandbox-client",
      CLIO_CLIENT_SECRET: "sandbox-secret",
      CLIO_BASE_URL: sandbox.url,
      SECRET_KEY: randomBytes(32).toString("base64"),
      SETUP_TOKEN: setupToken,
      UPFIRST_API_KEY: key,
      DATABASE_URL: `sqlite:${join(folder, "router.db")}`,
      DIRECTORY: "live",
    },
  });
  const service = await startService(settings, pino({ enabled: false }));
  stack.defer(() => service.close());
  const userId = firm.users[0]?.id ?? 0;
  await connectFirm({ serviceUrl: service.url, setupToken, userId });
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
