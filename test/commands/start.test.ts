import { spawnSync } from "node:child_process";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { exampleFirm } from "../../sandbox/firms/example-firm.ts";
import { freePort } from "../../sandbox/free-port.ts";
import { describeListenError } from "../../src/commands/describe-listen-error.ts";
import { formatStartup } from "../../src/commands/format-startup.ts";
import { readStartupStatus } from "../../src/commands/startup-status.ts";
import { startCommand } from "../../testkit/command.ts";
import { ManagedProcess } from "../../testkit/managed-process.ts";
import { quillAndPartners } from "../../testkit/quill-and-partners.ts";
import {
  connectedService,
  connectUser,
  folderForTest,
  type RunningService,
  SETUP_TOKEN,
  sandboxForTest,
  serviceForTest,
} from "../../testkit/service.ts";

const MAIN = join(import.meta.dirname, "../../src/main.ts");

async function settings(): Promise<Record<string, string>> {
  const port = await freePort();
  return {
    PORT: String(port),
    HOST: "127.0.0.1",
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    CLIO_CLIENT_ID: "sandbox-client",
    CLIO_CLIENT_SECRET: "sandbox-secret",
    CLIO_BASE_URL: "http://127.0.0.1:9",
    SECRET_KEY: Buffer.alloc(32, 3).toString("base64"),
  };
}

/** What the terminal shows for this service. */
async function shownFor(service: RunningService, isPublicUrlReachable = true): Promise<string> {
  const status = await readStartupStatus(service, new AbortController().signal);
  return formatStartup({ ...status, isPublicUrlReachable }, Date.now());
}

const hasScript = spawnSync("script", ["--version"]).stdout?.toString().includes("util-linux") ?? false;

describe("npm start at a terminal", () => {
  // `script` gives the process a terminal.
  test.skipIf(!hasScript)("says where it listens and what to do next, and logs as always", async () => {
    const env = await settings();
    const terminal = new ManagedProcess("script", {
      args: ["-qfec", `${process.execPath} ${MAIN}`, "/dev/null"],
      cwd: await folderForTest(),
      env,
    });
    onTestFinished(() => terminal.signal("SIGKILL"));
    await terminal.waitForOutput(/setup=/);
    await terminal.waitForOutput(/"msg":"ready"/);
    const shown = terminal.output.out;
    expect(shown).toContain(`  Listening on    ${env.PUBLIC_URL}\r\n`);
    expect(shown).toContain(`  Public address  ${env.PUBLIC_URL}\r\n`);
    expect(shown).toContain(`  ${env.PUBLIC_URL}/connect?setup=`);
    // It reached itself.
    expect(shown).not.toContain("doesn't answer");
  });

  test("elsewhere, standard error has only the setup link", async () => {
    const env = await settings();
    const { output } = await startCommand(MAIN, [], env);
    await expect.poll(() => output.err).toContain("/connect?setup=");
    expect(output.err).not.toContain("Listening on");
    expect(output.err.trim().split("\n")).toHaveLength(3);
  });
});

describe("what it shows", () => {
  test("with a SETUP_TOKEN and no firm: how to connect one, without the token", async () => {
    const shown = await shownFor(await serviceForTest("http://127.0.0.1:9"));
    expect(shown).toContain("  Firms           none is connected yet\n");
    expect(shown).toContain("http://127.0.0.1:3000/connect?setup= followed by your SETUP_TOKEN.");
    expect(shown).not.toContain(SETUP_TOKEN);
  });

  test("for a connected firm: its name and the missing key, then the missing call, then nothing", async () => {
    const { service, ask, key } = await connectedService();
    const firm = "Hollis & Vance LLP (us-77001)";
    const shown = await shownFor(service);
    expect(shown).toContain(`  Firm            ${firm}: no call yet\n`);
    expect(shown).toContain(`Next, set up Upfirst for ${firm} as http://127.0.0.1:3000/setup shows`);

    await ask("/lookup-contact", { last_4: "0171" });
    await expect.poll(() => shownFor(service)).toContain(`${firm}: last call just now\n`);
    expect(await shownFor(service)).not.toContain("Next");

    await service.services.store.apiKeys.revoke("us-77001", key.split("_")[1] ?? "");
    expect(await shownFor(service)).toContain(
      `Next, open http://127.0.0.1:3000/setup, create a key for ${firm}, and enter it in Upfirst.`,
    );
  });

  test("UPFIRST_API_KEY counts as the only firm's key", async () => {
    const { service, key } = await connectedService({ env: { UPFIRST_API_KEY: "x".repeat(32) } });
    await service.services.store.apiKeys.revoke("us-77001", key.split("_")[1] ?? "");
    expect(await shownFor(service)).not.toContain("create a key");
  });

  test("for a firm that no user is connected to: where one connects", async () => {
    const { service, userId } = await connectedService();
    await service.services.store.connections.remove("us-77001", userId);
    const shown = await shownFor(service);
    expect(shown).toContain("Hollis & Vance LLP (us-77001): no user is connected\n");
    expect(shown).toContain("must open http://127.0.0.1:3000/connect.");
  });

  test("for several firms: one line each, and the count for many", async () => {
    const sandbox = await sandboxForTest({ firms: [exampleFirm(), quillAndPartners()] });
    const service = await serviceForTest(sandbox.url);
    for (const firm of sandbox.firms)
      await connectUser(service, { userId: firm.users[0]?.id ?? 0, setup: SETUP_TOKEN });
    expect(await shownFor(service)).toMatch(/^ {2}Firms {11}Hollis.*\n {18}Quill/m);

    for (const accountId of [1, 2])
      await service.services.store.firms.admit(
        { region: "us", accountId, name: `Firm ${accountId}` },
        { onlyFirst: false },
      );
    expect(await shownFor(service)).toContain(
      "  Firms           4 firms, 2 connected (npm run firms lists them)\n",
    );
  });

  test("a firm's name can't control the terminal", async () => {
    const { service } = await connectedService();
    await service.services.store.firms.admit(
      { region: "us", accountId: 77001, name: "Evil\u001b[2J\nFirm" },
      { onlyFirst: false },
    );
    expect(await shownFor(service)).toContain("Evil[2JFirm (us-77001)");
  });

  test("a public address that leads nowhere", async () => {
    const service = await serviceForTest("http://127.0.0.1:9", {
      env: { PUBLIC_URL: `http://127.0.0.1:${await freePort()}` },
    });
    const status = await readStartupStatus(service, new AbortController().signal);
    expect(status.isPublicUrlReachable).toBe(false);
    expect(formatStartup(status, Date.now())).toContain(
      `The public address doesn't answer, at least not from this machine. Upfirst and Clio need it: start your HTTPS proxy or tunnel, and let it forward to ${service.url}.`,
    );
  });
});

describe("an address it can't listen on", () => {
  test("a port that is in use: names PORT and what to do", async () => {
    const env = await settings();
    const occupant = createServer().listen(Number(env.PORT), "127.0.0.1");
    onTestFinished(() => void occupant.close());
    const { output, ended } = await startCommand(MAIN, [], env);
    expect(await ended).toBe(1);
    expect(output.err).toBe(
      `Can't start the service: Port ${env.PORT} is already in use. Stop the other program, or set PORT to another port, for example PORT=${Number(env.PORT) + 1}. Is the service already running?\n`,
    );
  });

  test("an address of another machine: names HOST", async () => {
    const { output, ended } = await startCommand(MAIN, [], { ...(await settings()), HOST: "192.0.2.1" });
    expect(await ended).toBe(1);
    expect(output.err).toContain("doesn't have the address 192.0.2.1. Set HOST");
  });

  test.each([
    [{ code: "EACCES" }, 80, "PORT=3000"],
    [{ code: "EADDRINUSE" }, 65_535, "PORT=65534"],
    [{ code: "ENOTFOUND" }, 80, "Set HOST"],
  ])("%j on port %i says %s", (error, port, text) => {
    expect(describeListenError(error, { host: "router", port })).toContain(text);
  });

  test("any other error keeps its own message", () => {
    expect(describeListenError(new Error("disk full"), { host: "0.0.0.0", port: 3000 })).toBeNull();
  });
});
