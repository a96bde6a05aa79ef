import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openPostgres } from "../../src/store/db/postgres/postgres.ts";
import { type PostgresServer, startPostgres } from "../../testkit/postgres.ts";

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;

/** A new certificate authority, and a server certificate for `localhost` that it signed. */
function certificates(folder: string, name: string) {
  const path = (file: string) => join(folder, `${name}-${file}`);
  const [ca, caKey, certificate, key] = [
    path("ca.crt"),
    path("ca.key"),
    path("server.crt"),
    path("server.key"),
  ];
  const openssl = (args: readonly string[]) => execFileSync("openssl", args, { stdio: "ignore" });
  const newCertificate = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"];
  openssl([...newCertificate, "-subj", `/CN=${name} authority`, "-keyout", caKey, "-out", ca]);
  openssl([
    ...newCertificate,
    ...["-CA", ca, "-CAkey", caKey, "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
    ...["-addext", "basicConstraints=critical,CA:FALSE", "-keyout", key, "-out", certificate],
  ]);
  return { ca, certificate, key };
}

/** Whether the server says that a connection with that URL is encrypted, or the error message if there is no connection. */
async function encryption(url: string): Promise<boolean | string> {
  try {
    const db = await openPostgres(url);
    try {
      const { rows } = await sql<{ ssl: boolean }>`
        select ssl from pg_stat_ssl where pid = pg_backend_pid()`.execute(db);
      return rows[0]?.ssl ?? "the server didn't say";
    } finally {
      await db.destroy();
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The URL of the server's database `postgres`, with parameters of libpq. */
function urlOf({ port }: PostgresServer, parameters: Record<string, string>, host = "localhost"): string {
  const url = new URL(`postgres://router:the-password@${host}:${port}/postgres`);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}

describe.skipIf(!hasOpenssl)("a server with TLS (skipped where the command openssl is missing)", () => {
  let folder: string;
  let postgres: PostgresServer;
  let trusted: ReturnType<typeof certificates>;
  let untrusted: ReturnType<typeof certificates>;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "certificates-"));
    chmodSync(folder, 0o755);
    trusted = certificates(folder, "trusted");
    untrusted = certificates(folder, "untrusted");
    postgres = await startPostgres(
      { ssl: "on", ssl_cert_file: trusted.certificate, ssl_key_file: trusted.key },
      { owned: [trusted.key] },
    );
  });
  afterAll(async () => {
    await postgres?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each<[string, boolean]>([
    ["disable", false],
    ["prefer", true],
    ["require", true],
  ])("sslmode=%s: encrypted %s", async (sslmode, encrypted) => {
    expect(await encryption(urlOf(postgres, { sslmode }))).toBe(encrypted);
  });

  it("encrypts without sslmode", async () => {
    expect(await encryption(urlOf(postgres, {}))).toBe(true);
  });

  it.each(["require", "verify-ca", "verify-full"])(
    "sslmode=%s accepts a certificate from the given authority",
    async (sslmode) => {
      expect(await encryption(urlOf(postgres, { sslmode, sslrootcert: trusted.ca }))).toBe(true);
    },
  );

  it.each(["require", "verify-ca", "verify-full"])(
    "sslmode=%s refuses a certificate from another authority",
    async (sslmode) => {
      const refusal = await encryption(urlOf(postgres, { sslmode, sslrootcert: untrusted.ca }));
      expect(refusal).toMatch(/^cannot connect to the database at localhost:\d+: .*certificate/);
      expect(refusal).not.toContain("the-password");
    },
  );

  it("sslmode=verify-full refuses a certificate for another host, and verify-ca accepts it", async () => {
    const parameters = { sslrootcert: trusted.ca };
    const full = await encryption(urlOf(postgres, { ...parameters, sslmode: "verify-full" }, "127.0.0.1"));
    expect(full).toMatch(/^cannot connect to the database at 127\.0\.0\.1:\d+: .*altnames/);
    expect(await encryption(urlOf(postgres, { ...parameters, sslmode: "verify-ca" }, "127.0.0.1"))).toBe(
      true,
    );
  });

  it("sslmode=verify-full without an authority trusts only the system's authorities", async () => {
    expect(await encryption(urlOf(postgres, { sslmode: "verify-full" }))).toMatch(/certificate/);
  });
});

describe("a server without TLS", () => {
  let postgres: PostgresServer;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres.close());

  it.each<[string, Record<string, string>]>([
    ["no sslmode", {}],
    ["sslmode=disable", { sslmode: "disable" }],
    ["sslmode=prefer", { sslmode: "prefer" }],
  ])("is used without encryption: %s", async (_, parameters) => {
    expect(await encryption(urlOf(postgres, parameters))).toBe(false);
  });

  it.each(["require", "verify-full"])("is refused with sslmode=%s", async (sslmode) => {
    expect(await encryption(urlOf(postgres, { sslmode }))).toBe(
      `cannot connect to the database at localhost:${postgres.port}: the server doesn't support TLS, which sslmode requires`,
    );
  });
});
