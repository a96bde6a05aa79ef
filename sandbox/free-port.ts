import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";

/**
 * Finds a free port on 127.0.0.1, for a service whose public address must be known before it starts.
 * @param preferred used if it is free; default: any port
 */
export async function freePort(preferred = 0): Promise<number> {
  const probe = createServer().listen(preferred, "127.0.0.1");
  try {
    await once(probe, "listening");
  } catch (error) {
    if (preferred !== 0 && (error as NodeJS.ErrnoException).code === "EADDRINUSE") return freePort();
    throw error;
  }
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}
