import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openPostgres } from "../../src/store/db/postgres.ts";
import { type PostgresServer, startPostgres } from "../../testkit/postgres.ts";

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;

/** A certificate authority of its own, and a server's certificate for `localhost` and 127.0.0.1 from it. */
function certificates(folder: string, name: string) {
  const path = (file: string) => join(folder, `${name}-${file}`);
  const [ca, caKey, certificate, key] = [
    path("ca.crt"),
    path("ca.key"),
    path("server.crt"),
    path("server.key"),
  ];
  const openssl = (args: readonly string[]) => execFileSync("openssl", args, { stdio: "ignore" });
  const made = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"];
  openssl([...made, "-subj", `/CN=${name} authority`, "-keyout", caKey, "-out", ca]);
  openssl([
    ...made,
    ...["-CA", ca, "-CAkey", caKey, "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
    ...["-addext", "basicConstraints=critical,CA:FALSE", "-keyout", key, "-out", certificate],
  ]);
  return { ca, certificate, key };
}

/** Whether a connection by that address is encrypted, as the server sees it; or the sentence with which it is refused. */
async function encryption(url: string): Promise<boolean | string> {
  try {
    const db = await openPostgres(url);
    try {
      const { rows } = await sql<{ ssl: boolean }>`
        select ssl from pg_stat_ssl where pid = pg_backend_pid()`.execute(db);
      return rows[0]?.ssl ?? "the server does not say";
    } finally {
      await db.destroy();
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The address of the server's own database, with parameters of libpq. */
function address({ port }: PostgresServer, parameters: Record<string, string>, host = "localhost"): string {
  const url = new URL(`postgres://router:the-password@${host}:${port}/postgres`);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}

describe.skipIf(!hasOpenssl)("a server with TLS (skipped where the command openssl is missing)", () => {
  let folder: string;
  let postgres: PostgresServer;
  let ours: ReturnType<typeof certificates>;
  let another: ReturnType<typeof certificates>;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "certificates-"));
    chmodSync(folder, 0o755);
    ours = certificates(folder, "ours");
    another = certificates(folder, "another");
    postgres = await startPostgres(
      { ssl: "on", ssl_cert_file: ours.certificate, ssl_key_file: ours.key },
      { owned: [ours.key] },
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
    expect(await encryption(address(postgres, { sslmode }))).toBe(encrypted);
  });

  it("is spoken to in cipher where nothing is said of it", async () => {
    expect(await encryption(address(postgres, {}))).toBe(true);
  });

  it.each(["require", "verify-ca", "verify-full"])(
    "sslmode=%s takes the authority that signed it",
    async (sslmode) => {
      expect(await encryption(address(postgres, { sslmode, sslrootcert: ours.ca }))).toBe(true);
    },
  );

  it.each(["require", "verify-ca", "verify-full"])(
    "sslmode=%s refuses another authority's",
    async (sslmode) => {
      const refusal = await encryption(address(postgres, { sslmode, sslrootcert: another.ca }));
      expect(refusal).toMatch(/^the database at localhost:\d+ refuses: .*certificate/);
      expect(refusal).not.toContain("the-password");
    },
  );

  it("sslmode=verify-full refuses a certificate for another host, and verify-ca takes it", async () => {
    const parameters = { sslrootcert: ours.ca };
    const full = await encryption(address(postgres, { ...parameters, sslmode: "verify-full" }, "127.0.0.1"));
    expect(full).toMatch(/^the database at 127\.0\.0\.1:\d+ refuses: .*altnames/);
    expect(await encryption(address(postgres, { ...parameters, sslmode: "verify-ca" }, "127.0.0.1"))).toBe(
      true,
    );
  });

  it("sslmode=verify-full without an authority trusts those of the machine, and not ours", async () => {
    expect(await encryption(address(postgres, { sslmode: "verify-full" }))).toMatch(/certificate/);
  });
});

describe("a server without TLS", () => {
  let postgres: PostgresServer;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres.close());

  it.each<[string, Record<string, string>]>([
    ["nothing", {}],
    ["disable", { sslmode: "disable" }],
    ["prefer", { sslmode: "prefer" }],
  ])("is spoken to in the clear: %s", async (_, parameters) => {
    expect(await encryption(address(postgres, parameters))).toBe(false);
  });

  it.each(["require", "verify-full"])("is refused with sslmode=%s", async (sslmode) => {
    expect(await encryption(address(postgres, { sslmode }))).toBe(
      `the database at localhost:${postgres.port} refuses: it does not speak TLS, which the sslmode asks for`,
    );
  });
});
