import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";

/**
 * A port of this machine on which nothing listens: for a service whose public address has to be known before it starts.
 * @param preferred taken when it is free; without it any port
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
