import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readSettings } from "../../src/config/settings.ts";
import { SettingsError } from "../../src/config/settings-error.ts";
import { SETTINGS } from "../../src/config/settings-schema.ts";

const folder = mkdtempSync(join(tmpdir(), "settings-"));
afterAll(() => rmSync(folder, { recursive: true }));

const KEY_A = Buffer.alloc(32, "a");
const KEY_B = Buffer.alloc(48, 0xfb);

const REQUIRED = {
  PUBLIC_URL: "https://router.example.com",
  CLIO_CLIENT_ID: "client-id",
  CLIO_CLIENT_SECRET: "client-secret-value",
  SECRET_KEY: KEY_A.toString("base64"),
};

const NO_FILE = join(folder, "none");

function read(env: Record<string, string | undefined> = {}, envFile = NO_FILE) {
  return readSettings({ env: { ...REQUIRED, ...env }, envFile });
}

function errorFor(env: Record<string, string | undefined>, envFile = NO_FILE): SettingsError {
  try {
    readSettings({ env: { ...REQUIRED, ...env }, envFile });
  } catch (error) {
    if (error instanceof SettingsError) return error;
    throw error;
  }
  throw new Error("the settings were accepted");
}

function envFile(text: string): string {
  const path = join(folder, `env-${Math.random()}`);
  writeFileSync(path, text);
  return path;
}

describe("with only the required settings", () => {
  it("has the documented defaults", () => {
    expect(read()).toEqual({
      port: 3000,
      host: "0.0.0.0",
      publicUrl: "https://router.example.com",
      trustProxy: "loopback",
      clio: {
        clientId: "client-id",
        clientSecret: "client-secret-value",
        region: "us",
        baseUrl: "https://app.clio.com",
      },
      secretKeys: [new Uint8Array(KEY_A)],
      databaseUrl: { kind: "sqlite", path: "./data/router.db" },
      setupToken: null,
      upfirstApiKey: null,
      defaultCountry: "US",
      staffRoles: ["responsible_staff", "responsible_attorney"],
      greetByName: false,
      routeByName: false,
      relatedCallers: true,
      customActionRecords: ["matters", "contacts"],
      directory: "mirror",
      timeZone: "America/Chicago",
      auditDays: 400,
      callLogDays: 30,
      phoneLogs: "summary",
      messageTasks: false,
      answerDeadlineMs: 2500,
      logLevel: "info",
    });
  });

  it("is deeply frozen", () => {
    const settings = read();
    expect(Object.isFrozen(settings)).toBe(true);
    for (const part of [settings.clio, settings.databaseUrl, settings.staffRoles, settings.secretKeys]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
  });
});

describe("the region", () => {
  it.each([
    ["us", "https://app.clio.com", "US"],
    ["eu", "https://eu.app.clio.com", "GB"],
    ["ca", "https://ca.app.clio.com", "CA"],
    ["AU", "https://au.app.clio.com", "AU"],
  ])("%s sets the host and the country", (CLIO_REGION, baseUrl, defaultCountry) => {
    const settings = read({ CLIO_REGION });
    expect(settings.clio).toMatchObject({ region: CLIO_REGION.toLowerCase(), baseUrl });
    expect(settings.defaultCountry).toBe(defaultCountry);
  });

  it("is overridden by other settings", () => {
    const settings = read({
      CLIO_REGION: "eu",
      CLIO_BASE_URL: "http://127.0.0.1:4010/",
      DEFAULT_COUNTRY: "ie",
    });
    expect(settings.clio.baseUrl).toBe("http://127.0.0.1:4010");
    expect(settings.defaultCountry).toBe("IE");
  });
});

describe("the sources", () => {
  it("the environment takes precedence over the file", () => {
    const file = envFile('PORT=4000\nHOST="127.0.0.1" # a comment\n');
    expect(read({ PORT: "5000" }, file)).toMatchObject({ port: 5000, host: "127.0.0.1" });
  });

  it("an empty or blank value counts as unset", () => {
    const file = envFile("PORT=4000\nHOST=\n");
    expect(read({ PORT: "", HOST: "  ", SETUP_TOKEN: "" }, file)).toMatchObject({
      port: 4000,
      host: "0.0.0.0",
      setupToken: null,
    });
  });

  it("a line break around a value isn't part of it", () => {
    expect(read({ CLIO_CLIENT_SECRET: "client-secret-value\n" }).clio.clientSecret).toBe(
      "client-secret-value",
    );
  });

  it("other names are ignored", () => {
    expect(read({ PROT: "x", PORTS: "y", port: "z" }).port).toBe(3000);
  });

  it("an unreadable file is an error", () => {
    expect(errorFor({}, folder).problems).toMatchObject([
      { name: folder, problem: "can't be read (EISDIR)" },
    ]);
  });
});

describe("valid values", () => {
  it.each([
    ["https://router.example.com/", "https://router.example.com"],
    ["https://Router.example.com:8443", "https://router.example.com:8443"],
    ["http://localhost:3000", "http://localhost:3000"],
    ["http://127.8.9.10:3000", "http://127.8.9.10:3000"],
    ["http://[::1]:3000/", "http://[::1]:3000"],
  ])("PUBLIC_URL=%s", (PUBLIC_URL, publicUrl) => {
    expect(read({ PUBLIC_URL }).publicUrl).toBe(publicUrl);
  });

  it.each([
    ["true", true],
    ["False", false],
    ["0", 0],
    ["2", 2],
    ["loopback, 10.0.0.0/8", "loopback,10.0.0.0/8"],
    ["uniquelocal,fd00::/8,192.0.2.1", "uniquelocal,fd00::/8,192.0.2.1"],
  ])("TRUST_PROXY=%s", (TRUST_PROXY, trustProxy) => {
    expect(read({ TRUST_PROXY }).trustProxy).toBe(trustProxy);
  });

  it.each([
    ["true", true],
    ["YES", true],
    ["1", true],
    ["false", false],
    ["no", false],
    ["0", false],
  ])("GREET_BY_NAME=%s", (text, value) => {
    expect(read({ GREET_BY_NAME: text, ROUTE_BY_NAME: text })).toMatchObject({
      greetByName: value,
      routeByName: value,
    });
  });

  it("SECRET_KEY with several keys, in base64 or base64url, in order", () => {
    const SECRET_KEY = `${KEY_B.toString("base64url")}, ${KEY_B.toString("base64")},${KEY_A.toString("base64")}`;
    expect(KEY_B.toString("base64url")).not.toBe(KEY_B.toString("base64"));
    expect(read({ SECRET_KEY }).secretKeys).toEqual([KEY_B, KEY_B, KEY_A].map((key) => new Uint8Array(key)));
  });

  it("other settings", () => {
    expect(
      read({
        PORT: "0",
        HOST: "::1",
        DATABASE_URL: "sqlite:/var/lib/router/a b.db",
        SETUP_TOKEN: "s".repeat(32),
        UPFIRST_API_KEY: "k".repeat(32),
        STAFF_ROLES: "originating_attorney, responsible_staff",
        CUSTOM_ACTION_RECORDS: "folders,activities",
        DIRECTORY: "live",
        ANSWER_DEADLINE_MS: "100",
        LOG_LEVEL: "silent",
      }),
    ).toMatchObject({
      port: 0,
      host: "::1",
      databaseUrl: { kind: "sqlite", path: "/var/lib/router/a b.db" },
      setupToken: "s".repeat(32),
      upfirstApiKey: "k".repeat(32),
      staffRoles: ["originating_attorney", "responsible_staff"],
      customActionRecords: ["folders", "activities"],
      directory: "live",
      answerDeadlineMs: 100,
      logLevel: "silent",
    });
  });
});

describe("invalid values", () => {
  it.each([
    ["PORT", "65536", "from 0 to 65535"],
    ["PORT", "-1", "whole number"],
    ["PORT", "3e3", "whole number"],
    ["HOST", "https://x", "host name"],
    ["PUBLIC_URL", "router.example.com", "must be a URL"],
    ["PUBLIC_URL", "http://router.example.com", "https://"],
    ["PUBLIC_URL", "http://127.0.0.1.example.com", "https://"],
    ["PUBLIC_URL", "http://localhost.example.com", "https://"],
    ["PUBLIC_URL", "http://notlocalhost", "https://"],
    ["PUBLIC_URL", "ftp://localhost", "https://"],
    ["PUBLIC_URL", "https://router.example.com/base", "path"],
    ["PUBLIC_URL", "https://router.example.com/?a=b", "query"],
    ["PUBLIC_URL", "https://router.example.com/#a", "query"],
    ["PUBLIC_URL", "https://me:pass@router.example.com", "password"],
    ["TRUST_PROXY", "yes", "hops"],
    ["TRUST_PROXY", "loopback,", "hops"],
    ["TRUST_PROXY", "10.0.0.0/33", "hops"],
    ["TRUST_PROXY", "0.0.0.0/0", "hops"],
    ["TRUST_PROXY", "10.0.0.0/8/8", "hops"],
    ["CLIO_REGION", "uk", "us, eu, ca, au"],
    ["CLIO_BASE_URL", "http://clio.example.com", "https://"],
    ["CLIO_BASE_URL", "https://app.clio.com/api/v4", "path"],
    ["DATABASE_URL", "./router.db", "sqlite:PATH"],
    ["DATABASE_URL", "sqlite:", "must name a file"],
    ["DATABASE_URL", "sqlite:./data/", "must name a file"],
    ["DATABASE_URL", "sqlite::memory:", "in memory"],
    ["DATABASE_URL", "sqlite:file:x?mode=memory", "plain path"],
    ["DATABASE_URL", "sqlite://data/router.db", "plain path"],
    ["DATABASE_URL", "postgres:router", "must be postgres://"],
    ["DATABASE_URL", "postgres://router:a b@[db/router", "must be postgres://"],
    ["DATABASE_URL", "postgres://db", "must name a database"],
    ["DATABASE_URL", "postgresql://db/", "must name a database"],
    ["DATABASE_URL", "postgres://db/router?sslmode=always", "disable, prefer, require"],
    ["DATABASE_URL", "postgres://db/router?sslmode=verify-ca", "must set sslrootcert"],
    [
      "DATABASE_URL",
      "postgres://db/router?sslrootcert=/no/such/ca.pem",
      "must name a readable file in sslrootcert",
    ],
    ["UPFIRST_API_KEY", "k".repeat(31), "at least 32"],
    ["SETUP_TOKEN", "s".repeat(31), "at least 32 characters; to generate one, run openssl rand -hex 24"],
    ["DEFAULT_COUNTRY", "USA", "two-letter"],
    ["DEFAULT_COUNTRY", "ZZ", "two-letter"],
    ["STAFF_ROLES", "responsible_staff,secretary", "responsible_attorney"],
    ["STAFF_ROLES", ",", "responsible_attorney"],
    ["STAFF_ROLES", "responsible_staff,responsible_staff", "twice"],
    ["GREET_BY_NAME", "maybe", "true or false"],
    ["ROUTE_BY_NAME", "2", "true or false"],
    ["CUSTOM_ACTION_RECORDS", "bills", "matters"],
    ["CUSTOM_ACTION_RECORDS", "matters,matters", "twice"],
    ["DIRECTORY", "cache", "mirror, live"],
    ["ANSWER_DEADLINE_MS", "99", "from 100 to 60000"],
    ["ANSWER_DEADLINE_MS", "60001", "from 100 to 60000"],
    ["ANSWER_DEADLINE_MS", "2.5", "whole number"],
    ["LOG_LEVEL", "loud", "silent"],
    ["SECRET_KEY", KEY_A.subarray(1).toString("base64"), "key 1 of 1 has 31 bytes"],
    ["SECRET_KEY", `${KEY_A.toString("base64")},not base64!`, "key 2 of 2 is not base64"],
    ["SECRET_KEY", `${KEY_A.toString("base64")},,${KEY_A.toString("base64")}`, "key 2 of 3 is empty"],
  ])("%s=%s", (name, value, part) => {
    const { problems } = errorFor({ [name]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ name, problem: expect.stringContaining(part) });
    expect(problems[0]?.example).toMatch(new RegExp(`^${name}=.`));
  });

  it("are all reported at once, one per line", () => {
    const error = errorFor({
      PUBLIC_URL: undefined,
      CLIO_CLIENT_SECRET: "",
      SECRET_KEY: "short",
      PORT: "x",
      LOG_LEVEL: "loud",
    });
    expect(error.problems.map(({ name }) => name)).toEqual([
      "PUBLIC_URL",
      "CLIO_CLIENT_SECRET",
      "SECRET_KEY",
      "PORT",
      "LOG_LEVEL",
    ]);
    const lines = error.message.split("\n");
    expect(lines).toHaveLength(5);
    expect(lines[0]).toBe(
      "PUBLIC_URL: required, but not set. Example: PUBLIC_URL=https://router.example.com",
    );
    expect(lines[3]).toBe('PORT: must be a whole number from 0 to 65535 (got "x"). Example: PORT=3000');
  });

  it("are quoted up to 60 characters", () => {
    const { message } = errorFor({ LOG_LEVEL: `${"v".repeat(60)}TAIL` });
    expect(message).toContain(`"${"v".repeat(60)}…"`);
    expect(message).not.toContain("TAIL");
  });

  it("aren't quoted if they are secret, or a URL that may contain a password", () => {
    const values = {
      SECRET_KEY: `hunter2hunter2,${KEY_A.subarray(2).toString("base64")}`,
      UPFIRST_API_KEY: "hunter2-upfirst",
      DATABASE_URL: "postgres://router:hunter2@db/",
      CLIO_BASE_URL: "https://clio.example.com/?token=hunter2",
      PUBLIC_URL: "https://me:hunter2@router.example.com",
    };
    const error = errorFor(values);
    expect(error.problems).toHaveLength(5);
    expect(JSON.stringify([error.message, error.problems, error.stack])).not.toMatch(/hunter2|YWFh/);
  });

  it("have valid examples, unless the example says where to get a value", () => {
    for (const { name, example } of SETTINGS) {
      if (!example.startsWith("(")) expect(() => read({ [name]: example })).not.toThrow();
    }
  });
});

it("SETTINGS lists the required and the secret settings, each with a meaning", () => {
  expect(SETTINGS.filter(({ required }) => required).map(({ name }) => name)).toEqual(Object.keys(REQUIRED));
  expect(SETTINGS.filter(({ secret }) => secret).map(({ name }) => name)).toEqual([
    "CLIO_CLIENT_SECRET",
    "SECRET_KEY",
    "SETUP_TOKEN",
    "UPFIRST_API_KEY",
  ]);
  for (const setting of SETTINGS) expect(setting.meaning).not.toBe("");
});
