import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { apiWith, consent, REDIRECT_URI, token } from "./client.ts";
import { receiverForTest } from "./webhook-receiver.ts";

const MAIN = new URL("../../sandbox/main.ts", import.meta.url).pathname;

test.each(["SIGTERM", "SIGINT"] as const)(
  "runs as its own process, prints its URL and stops on %s",
  async (signal) => {
    const child = spawn(process.execPath, [MAIN, "--requests-per-minute", "2", "--token-lifetime", "60"]);
    const exit = once(child, "exit");
    const [line] = await once(child.stdout, "data");
    const url = String(line).trim();
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const response = await fetch(`${url}/api/v4/users`);
    expect(response.status).toBe(401);
    expect(response.headers.get("x-ratelimit-limit")).toBe("2");
    child.kill(signal);
    expect(await exit).toEqual([0, null]);
  },
);

test("can use a generated firm and send webhooks to a given URL", async () => {
  const receiver = await receiverForTest();
  const options = ["--contacts", "300", "--seed", "7", "--matters", "50", "--webhooks-to", receiver.url];
  const child = spawn(process.execPath, [MAIN, ...options]);
  onTestFinished(() => void child.kill());
  const [line] = await once(child.stdout, "data");
  const url = String(line).trim();
  const code = (await consent({ url })).location?.searchParams.get("code") ?? "";
  const form = { grant_type: "authorization_code", redirect_uri: REDIRECT_URI, code };
  const api = apiWith(url, (await token({ url }, form)).body.access_token);
  expect((await api("users/who_am_i?fields=account{name}")).body.data.account.name).toBe(
    "Fairholm & Redgate LLP",
  );
  expect((await api("contacts?limit=1")).body.meta.records).toBe(300);
  expect((await api("matters?limit=1")).body.meta.records).toBe(50);
  const webhook = { url: "https://router.example/hooks", model: "contact", fields: "id" };
  expect((await api("webhooks", "POST", webhook)).status).toBe(201);
  await fetch(`${url}/sandbox/webhooks/deliveries`);
  expect(receiver.handshakes).toHaveLength(1);
});

test.each([
  ["--port", "http"],
  ["--contacts", "many"],
  ["--contacts", "300", "--seed", "1.5"],
  ["--contacts", "300", "--matters", "few"],
  ["--webhooks-to", "nowhere"],
])("rejects invalid options: %s %s %s %s", async (...options: string[]) => {
  const child = spawn(process.execPath, [MAIN, ...options]);
  const [[code], [text]] = await Promise.all([once(child, "exit"), once(child.stderr, "data")]);
  expect(code).toBe(2);
  expect(String(text)).toContain(options.at(-2));
});

function run(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], { encoding: "utf8" });
  return { status, stdout, stderr };
}

test.each(["--help", "-h"])("%s prints the options", (option) => {
  const { status, stdout, stderr } = run(option);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(stdout).toMatch(/^Usage: npx node sandbox\/main\.ts/);
  expect(stdout).toContain("--webhooks-to URL");
});

test("an unknown option is a usage error with the options", () => {
  const { status, stdout, stderr } = run("--nonsense");
  expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  expect(stderr).toMatch(/^Unknown option '--nonsense'/);
  expect(stderr).toContain("Usage:");
  expect(stderr).not.toContain("    at ");
});

test("a port that is in use is named", async () => {
  const occupant = createServer().listen(0, "127.0.0.1");
  await once(occupant, "listening");
  onTestFinished(() => void occupant.close());
  const { port } = occupant.address() as AddressInfo;
  expect(run("--port", String(port))).toEqual({
    status: 2,
    stdout: "",
    stderr: `Port ${port} is already in use. Choose another one with --port.\n`,
  });
});
