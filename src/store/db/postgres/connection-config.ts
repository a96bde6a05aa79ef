import pg from "pg";
import { parse, toClientConfig } from "pg-connection-string";
import { DatabaseConnectionError, isTlsUnsupported } from "./database-connection-error.ts";

const PROBE_TIMEOUT_MS = 10_000;

/**
 * Where and how to connect. TLS options mean what they mean to libpq; without `sslmode` that is `prefer`: encrypted if the
 * server supports it. Makes one connection to find out.
 *
 * @throws DatabaseConnectionError if that connection can't be made
 */
export async function connectionConfig(url: string): Promise<pg.ClientConfig> {
  const { hostname, searchParams } = new URL(url);
  const configFor = (sslmode: string) => {
    const withMode = new URL(url);
    withMode.searchParams.set("sslmode", sslmode);
    return toClientConfig(parse(withMode.href, { useLibpqCompat: true }));
  };
  // Like libpq, never encrypt a Unix socket, whatever sslmode says.
  const isSocket = (searchParams.get("host") ?? decodeURIComponent(hostname)).startsWith("/");
  const sslmode = isSocket ? "disable" : (searchParams.get("sslmode") ?? "prefer");
  try {
    return await probe(configFor(sslmode)).catch((error: unknown) => {
      if (sslmode === "prefer" && isTlsUnsupported(error)) return probe(configFor("disable"));
      throw error;
    });
  } catch (error) {
    throw new DatabaseConnectionError(url, error);
  }
}

async function probe(config: pg.ClientConfig): Promise<pg.ClientConfig> {
  const client = new pg.Client({ ...config, connectionTimeoutMillis: PROBE_TIMEOUT_MS });
  client.on("error", () => {});
  try {
    await client.connect();
    return config;
  } finally {
    await client.end().catch(() => {});
  }
}
