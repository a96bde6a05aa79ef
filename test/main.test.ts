import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { freePort } from "../sandbox/free-port.ts";
import { startCommand } from "../testkit/command.ts";
import { REPOSITORY_ROOT } from "../testkit/repository-root.ts";
import { sandboxForTest } from "../testkit/service.ts";

const MAIN = join(import.meta.dirname, "../src/main.ts");

async function settingsFor(clioUrl: string) {
  const port = await freePort();
  return {
    PORT: String(port),
    HOST: "127.0.0.1",
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    CLIO_CLIENT_ID: "sandbox-client",
    CLIO_CLIENT_SECRET: "sandbox-secret",
    CLIO_BASE_URL: clioUrl,
    SECRET_KEY: Buffer.alloc(32, 3).toString("base64"),
    // Only calls ask Clio then, and no background work.
    DIRECTORY: "live",
    UPFIRST_API_KEY: "x".repeat(32),
  };
}

test("reports every invalid setting at once, prints no secret, and exits with 1", async () => {
  const secret = "not-base64-but-secret!";
  const { ended, output } = await startCommand(MAIN, [], {
    PORT: "seventy",
    PUBLIC_URL: "http://router.firm.example",
    SECRET_KEY: secret,
    UPFIRST_API_KEY: "short-secret",
    DATABASE_URL: "postgres://user:hidden@db/",
  });
  expect(await ended).toBe(1);
  for (const name of [
    "PORT",
    "PUBLIC_URL",
    "CLIO_CLIENT_ID",
    "CLIO_CLIENT_SECRET",
    "SECRET_KEY",
    "UPFIRST_API_KEY",
    "DATABASE_URL",
  ]) {
    expect(output.err).toMatch(new RegExp(`^${name}: .*Example: `, "m"));
  }
  expect(output.err + output.out).not.toContain(secret);
  expect(output.err + output.out).not.toContain("short-secret");
  expect(output.err + output.out).not.toContain("hidden");
});

test("prints the setup link on standard error only; after SIGTERM, answers requests in flight and exits with 0", async () => {
  const sandbox = await sandboxForTest();
  const env = await settingsFor(sandbox.url);
  const { process: service, output, ended } = await startCommand(MAIN, [], env);
  await expect.poll(() => output.err).toContain("/connect?setup=");
  const [link] = /http:\S+/.exec(output.err) ?? [];
  expect(output.out).not.toContain(new URL(link ?? "").searchParams.get("setup"));

  const start = await fetch(link ?? "", { redirect: "manual" });
  const cookie = start.headers.getSetCookie()[0]?.split(";")[0] ?? "";
  const consentPage = new URL(start.headers.get("location") ?? "");
  const form = new URLSearchParams([
    ...consentPage.searchParams,
    ["user_id", String(sandbox.firms[0]?.users[0]?.id)],
    ["decision", "allow"],
  ]);
  const allowed = await fetch(new URL(consentPage.pathname, consentPage), {
    method: "POST",
    body: form,
    redirect: "manual",
  });
  expect((await fetch(allowed.headers.get("location") ?? "", { headers: { cookie } })).status).toBe(200);

  sandbox.fault({ path: "/api/v4/contacts", kind: "latency", ms: 400 });
  const inFlight = fetch(`${env.PUBLIC_URL}/lookup-contact?last_4=0171`, {
    headers: { Authorization: `Bearer ${env.UPFIRST_API_KEY}` },
  });
  await expect.poll(() => sandbox.requests.at(-1)?.path).toContain("/contacts");
  service.kill("SIGTERM");
  const answer = await inFlight;
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({ found: true });
  expect(await ended).toBe(0);
  await expect(fetch(`${env.PUBLIC_URL}/healthz`)).rejects.toThrow();
});

test("reports a port that is in use, without a stack", async () => {
  const sandbox = await sandboxForTest();
  const env = await settingsFor(sandbox.url);
  const occupant = createServer().listen(Number(env.PORT), "127.0.0.1");
  onTestFinished(() => void occupant.close());
  const { ended, output } = await startCommand(MAIN, [], env);
  expect(await ended).toBe(1);
  expect(output.err).toContain("PORT");
  expect(output.err).not.toContain("    at ");
});

test("is started with the same options by npm start, by the image, and when the image's compile cache is filled", () => {
  const read = (file: string) => readFileSync(join(REPOSITORY_ROOT, file), "utf8");
  const command = JSON.parse(read("package.json")).scripts.start.replace(/^exec /, "");
  const dockerfile = read("Dockerfile");
  expect(command).toMatch(/^node (--\S+ )*src\/main\.ts$/);
  expect(dockerfile).toContain(`CMD ${JSON.stringify(command.split(" ")).replaceAll(",", ", ")}`);
  expect(dockerfile).toContain(`--clear-groups ${command} `);
});
