import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { connectFirm } from "../sandbox/connect-firm.ts";
import { freePort } from "../sandbox/free-port.ts";
import { temporaryFolder } from "./folder.ts";

/** Where a service lives: a folder, a port and secrets of its own, which stay the same from start to start. */
export interface ServicePlace extends Disposable {
  /** The address on this machine. */
  readonly url: string;
  readonly folder: string;
  /** The settings, as environment variables. */
  readonly env: Readonly<Record<string, string>>;
  /** Connects the sandbox's firm by the real OAuth flow; resolves with its bearer key. */
  connectFirm(userId?: number): Promise<string>;
}

export interface PlaceOptions {
  /** Default `live`: the service asks Clio at every call. */
  directory?: "live" | "mirror";
  /** Clio gives webhooks to an https address alone. What it delivers has to be led to `url`. */
  https?: boolean;
  /** Other settings. */
  env?: Readonly<Record<string, string>>;
}

/** An empty folder and a free port, for a service that takes the sandbox at `clioUrl` for Clio. */
export async function servicePlace(
  clioUrl: string,
  { directory = "live", https = false, env = {} }: PlaceOptions = {},
): Promise<ServicePlace> {
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
