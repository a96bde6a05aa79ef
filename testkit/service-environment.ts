import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { connectFirm } from "../sandbox/connect-firm.ts";
import { freePort } from "../sandbox/free-port.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** A folder, a port and secrets for one service. They stay the same when the service is restarted. */
export interface ServiceEnvironment extends Disposable {
  /** The loopback address of the service. */
  readonly url: string;
  readonly folder: string;
  /** The settings, as environment variables. */
  readonly env: Readonly<Record<string, string>>;
  /** Connects the sandbox's firm by the real OAuth flow. Resolves with its API key. */
  connectFirm(userId?: number): Promise<string>;
}

export interface ServiceEnvironmentOptions {
  /** Default `live`. */
  directory?: "live" | "mirror";
  /** Clio accepts only https addresses for webhooks. The sandbox then has to deliver them to `url`. */
  https?: boolean;
  /** Other settings. */
  env?: Readonly<Record<string, string>>;
}

/** Creates an empty folder and picks a free port, for a service whose Clio is the sandbox at `clioUrl`. */
export async function createServiceEnvironment(
  clioUrl: string,
  { directory = "live", https = false, env = {} }: ServiceEnvironmentOptions = {},
): Promise<ServiceEnvironment> {
  const folder = temporaryFolder();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const setupToken = randomBytes(24).toString("base64url");
  return {
    url,
    folder: folder.path,
    env: {
      HOST: "127.0.0.1",
      PORT: String(port),
      PUBLIC_URL: https ? `https://127.0.0.1:${port}` : url,
      CLIO_CLIENT_ID: "sandbox-client",
      CLIO_CLIENT_SECRET: "sandbox-secret",
      CLIO_BASE_URL: clioUrl,
      SECRET_KEY: randomBytes(32).toString("base64"),
      DATABASE_URL: `sqlite:${join(folder.path, "router.db")}`,
      SETUP_TOKEN: setupToken,
      DIRECTORY: directory,
      ...env,
    },
    connectFirm: (userId) =>
      connectFirm({ serviceUrl: url, setupToken, ...(userId !== undefined && { userId }) }),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}
