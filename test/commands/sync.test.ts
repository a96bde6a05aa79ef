import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { exampleCases as cases, exampleFirm } from "../../sandbox/firms/example-firm.ts";
import { type Firm, matter, person } from "../../sandbox/firms/firm.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { ProgressLine } from "../../src/commands/progress-line.ts";
import { formatOutcome, formatProgress } from "../../src/commands/sync/format-sync.ts";
import type { FirmInProgress } from "../../src/commands/sync/sync-firms.ts";
import { envOf, type Run, startCommand } from "../../testkit/command.ts";
import { complete } from "../../testkit/mirror.ts";
import { quillAndPartners } from "../../testkit/quill-and-partners.ts";
import {
  connectUser,
  folderForTest,
  SETUP_TOKEN,
  sandboxForTest,
  serviceForTest,
} from "../../testkit/service.ts";

const SYNC = join(import.meta.dirname, "../../src/commands/sync/main.ts");
const ALWAYS = Number.POSITIVE_INFINITY;

/** Starts `npm run sync` in its own process, in a folder without a `.env`. */
function startSync(args: readonly string[], env: Record<string, string>): Promise<Run> {
  return startCommand(SYNC, args, env);
}

async function runSync(env: Record<string, string>, args: readonly string[] = []) {
  const { output, ended } = await startSync(args, env);
  return { code: await ended, ...output };
}

/** 450 matters of one client: three pages. */
function largeFirm(): Firm {
  const client = person(1, "Paula Client");
  const matters = Array.from({ length: 450 }, (_, i) => matter(1000 + i, i + 1, client, `Matter ${i}`, {}));
  return { ...exampleFirm(), contacts: [client], matters };
}

/** Connected firms, and a service that was stopped before it read any of them. */
async function connectedFirms(firms: Firm[] = [exampleFirm()]) {
  const sandbox = await sandboxForTest({ firms });
  const service = await serviceForTest(sandbox.url, { env: { DIRECTORY: "live" } });
  let key = "";
  for (const { users } of firms) {
    const connected = await connectUser(service, { userId: users[0]?.id ?? 0, setup: SETUP_TOKEN });
    key ||= connected.key ?? "";
  }
  await service.close();
  return { sandbox, service, key, env: envOf(service) };
}

/** Whether Jane Doe is found while Clio is down. */
async function isFoundWithoutClio(sandbox: Sandbox, folder: string, key: string): Promise<boolean> {
  sandbox.fault({ path: "/", kind: "status", status: 500, times: ALWAYS });
  const service = await serviceForTest(sandbox.url, { folder, env: { DIRECTORY: "mirror" } });
  const answer = await fetch(
    `${service.url}/lookup-contact?phone=${encodeURIComponent(cases.janeDoe.phone)}`,
    {
      headers: { Authorization: `Bearer ${key}` },
    },
  );
  return ((await answer.json()) as { found: boolean }).found;
}

describe("npm run sync", () => {
  test("alone: reads everything, prints how much, and calls are then answered without Clio", async () => {
    const { sandbox, service, key, env } = await connectedFirms();
    const [firm] = sandbox.firms;
    const { code, out, err } = await runSync(env);
    expect({ code, out }).toEqual({ code: 0, out: "" });
    expect(err).toContain(
      `${firm?.account.name} (us-${firm?.account.id}): synced ${firm?.contacts.length} contacts, ${firm?.matters.length} matters, ${firm?.users.length} users.\n`,
    );
    expect(err).not.toContain("\x1b");
    for (const { name } of firm?.contacts ?? []) expect(err).not.toContain(name);
    expect(await isFoundWithoutClio(sandbox, service.folder, key)).toBe(true);
  });

  test("alongside the service: one of the two reads everything again", async () => {
    const sandbox = await sandboxForTest();
    const service = await serviceForTest(sandbox.url, { env: { DIRECTORY: "mirror" } });
    const { key, browser } = await connectUser(service, { userId: 350, setup: SETUP_TOKEN });
    await complete(service);
    sandbox.changes().removeContact(cases.janeDoe.contactId);
    const { code, err } = await runSync(envOf(service));
    expect(err).toContain("): synced ");
    expect(code).toBe(0);
    const answer = await fetch(
      `${service.url}/lookup-contact?phone=${encodeURIComponent(cases.janeDoe.phone)}`,
      { headers: { Authorization: `Bearer ${key}` } },
    );
    expect(await answer.json()).toMatchObject({ found: false });
    expect((await browser.get("/setup")).text).toMatch(/The operator started a full sync<p.*command line/);
  });

  test("reads only one firm with --firm", async () => {
    const { sandbox, env } = await connectedFirms([exampleFirm(), quillAndPartners()]);
    const { code, err } = await runSync(env, ["--firm", "us-88002"]);
    expect({ code, err }).toEqual({
      code: 0,
      err: expect.stringContaining("Quill & Partners (us-88002): synced 0 contacts, 0 matters, 1 user."),
    });
    expect(err).not.toContain(sandbox.firms[0]?.account.name);
    expect(sandbox.requests.filter(({ userId, path }) => userId === 350 && /contacts/.test(path))).toEqual(
      [],
    );
  });

  test("reports and skips a firm without a connected user", async () => {
    const { sandbox, env } = await connectedFirms([exampleFirm(), quillAndPartners()]);
    sandbox.revoke(10_350);
    const { code, err } = await runSync(env);
    expect(err).toContain("Hollis & Vance LLP (us-");
    expect(err).toContain(
      `Quill & Partners (us-88002): can't be synced because no user is connected. A user with a Clio login at the firm must open ${env.PUBLIC_URL}/connect.`,
    );
    expect(code).toBe(0);
    expect((await runSync(env, ["--firm", "us-88002"])).code).toBe(1);
  });

  test("a missing permission ends the sync, and an error from before the sync doesn't", async () => {
    const firm = exampleFirm();
    firm.users[0]?.permissions.delete("matters");
    const { env } = await connectedFirms([firm]);
    const { code, err, out } = await runSync(env);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toContain(
      "Clio denied access to contacts, matters or users. In Clio, check that the developer app has the permissions",
    );

    firm.users[0]?.permissions.add("matters");
    expect(await runSync(env)).toMatchObject({ code: 0, err: expect.stringContaining("): synced ") });
  });

  test("waits for Clio's rate limit and shows it; Ctrl+C stops and keeps what was read", async () => {
    const { sandbox, service, env } = await connectedFirms([largeFirm()]);
    sandbox.fault({
      path: /matters.*page_token/,
      kind: "status",
      status: 429,
      retryAfter: 34,
      times: ALWAYS,
    });
    const { process: child, output, ended } = await startSync([], env);
    await expect.poll(() => output.err).toMatch(/44% +Clio's rate limit is used up, continuing in 3\d s\n/);
    child.kill("SIGINT");
    child.kill("SIGINT");
    expect(await ended).toBe(130);
    expect(output.err).toMatch(
      /\nStopped\. Everything read so far is kept\. The service, or the next run of this command, continues from there\.\n$/,
    );
    expect(output.out).toBe("");

    sandbox.clearFaults();
    const before = sandbox.counts.get("/api/v4/contacts");
    const db = new DatabaseSync(service.databaseFile);
    db.exec("update mirrors set retry_at = 0");
    db.close();
    expect(await runSync(env)).toMatchObject({
      code: 0,
      err: expect.stringContaining("synced 1 contact, 450 matters,"),
    });
    expect(sandbox.counts.get("/api/v4/contacts")).toBe(before);
  });

  test("reports an unknown firm, and that there is no firm", async () => {
    const { env } = await connectedFirms();
    expect(await runSync(env, ["--firm", "us-1"])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^There is no firm "us-1"\. Firms: us-\d+\.\n$/),
    });
    const folder = await folderForTest();
    expect(await runSync({ ...env, DATABASE_URL: `sqlite:${folder}/new.db` })).toMatchObject({
      code: 1,
      err: `No firm is connected yet in ${folder}/new.db.\n`,
    });
  });

  test("refuses DIRECTORY=live, where nothing is stored", async () => {
    const { env, sandbox } = await connectedFirms();
    const before = sandbox.requests.length;
    expect(await runSync({ ...env, DIRECTORY: "live" })).toEqual({
      code: 1,
      out: "",
      err: "Nothing to sync: with DIRECTORY=live, every call is looked up in Clio and nothing is stored.\n",
    });
    expect(sandbox.requests).toHaveLength(before);
  });

  test.each([[["--frim", "us-1"]], [["us-1"]], [["--firm"]], [["--firm", "--all"]]])(
    "refuses %j with the usage and 2",
    async (args) => {
      const { code, err, out } = await runSync({}, args);
      expect({ code, out }).toEqual({ code: 2, out: "" });
      expect(err).toMatch(
        /^(Unknown option|Unexpected argument|Option) '[\s\S]*\n\nUsage: npm run sync \[-- --firm FIRM\]\n/,
      );
      expect(err).toMatch(/\n {2}--firm FIRM {3}read only this firm, for example us-12345\n$/);
      expect(err).not.toContain("    at ");
    },
  );

  test("reports invalid settings, and a database that can't be opened, without a stack", async () => {
    const invalid = await runSync({ PORT: "seventy" });
    expect(invalid.code).toBe(1);
    expect(invalid.err).toMatch(/^PORT: .*Example: /m);
    const { env } = await connectedFirms();
    const unopened = await runSync({ ...env, DATABASE_URL: "sqlite:/dev/null/router.db" });
    expect(unopened).toMatchObject({ code: 1, err: expect.stringMatching(/^Can't open the database: /) });
    expect(unopened.err).not.toContain("    at ");
  });
});

/** A firm that is being read. */
function inProgress(read: number, total: number | null, lastErrorCode: string | null = null): FirmInProgress {
  const reading = { read, total, secondsLeft: total === null ? null : (total - read) / 100 };
  return {
    firm: {
      id: "us-1",
      region: "us",
      accountId: 1,
      name: "Firm",
      admittedAt: 0,
      lastCallAt: null,
      timeZone: null,
    },
    state: { phase: "first_read", reading, lastErrorCode, retryAt: lastErrorCode ? 34_000 : 0 },
  };
}

describe("the progress text", () => {
  test("covers one firm, several, and unknown totals", () => {
    expect(formatProgress([inProgress(10_000, 40_000)], 0)).toEqual({
      share: 0.25,
      text: "10,000 of 40,000 records, about 5 minutes left",
    });
    expect(formatProgress([inProgress(10_000, 40_000), inProgress(0, 10_000)], 0)).toEqual({
      share: 0.2,
      text: "2 firms, 10,000 of 50,000 records, about 5 minutes left",
    });
    expect(formatProgress([inProgress(0, null)], 0)).toEqual({
      share: null,
      text: "reading the first records",
    });
    expect(formatProgress([inProgress(5, 10), inProgress(0, null)], 0)).toEqual({
      share: null,
      text: "2 firms, 5 of 10 records",
    });
  });

  test("shows a wait while every firm is waiting", () => {
    const waiting = inProgress(10, 40, "clio_rate_limited");
    expect(formatProgress([waiting], 0).text).toBe("Clio's rate limit is used up, continuing in 34 s");
    expect(formatProgress([inProgress(10, 40, "clio_timeout")], 33_500).text).toBe(
      "Can't read from Clio, retrying in 1 s",
    );
    expect(formatProgress([waiting], 34_000).text).toContain("10 of 40 records");
    expect(formatProgress([waiting, inProgress(10, 40)], 0).text).toContain("20 of 80 records");
  });

  test("removes control characters from a firm's name", () => {
    const { firm } = inProgress(0, 0);
    const named = { ...firm, name: "\x1b[2JHollis\r\n" };
    expect(formatOutcome(named, { kind: "removed" }, "")).toBe(
      "[2JHollis (us-1): was removed during the sync.",
    );
  });
});

describe("the progress line", () => {
  function output(tty: { isTTY: true; columns: number } | object) {
    const written: string[] = [];
    let now = 0;
    const line = new ProgressLine({ ...tty, write: (text: string) => written.push(text) > 0 }, () => now);
    return { line, written, advance: (milliseconds: number) => (now += milliseconds) };
  }

  test("is a bar at a terminal, redrawn in place, and never wider than the terminal", () => {
    const { line, written } = output({ isTTY: true, columns: 60 });
    line.show(0.5, "20 of 40 records");
    expect(written).toEqual([`\r\x1b[2K[${"#".repeat(10)}${".".repeat(10)}]  50% 20 of 40 records`]);
    line.show(1, "x".repeat(100));
    expect(written[1]).toHaveLength("\r\x1b[2K".length + 59);
    line.print("Firm: synced.");
    expect(written[2]).toBe(`\r\x1b[2KFirm: synced.\n${written[1]?.slice(5)}`);
    line.clear();
    line.clear();
    expect(written.slice(3)).toEqual(["\r\x1b[2K"]);
  });

  test("is a line every few seconds elsewhere, and only if something changed", () => {
    const { line, written, advance } = output({});
    line.show(0.5, "20 of 40 records");
    advance(4_999);
    line.show(0.6, "24 of 40 records");
    expect(written).toEqual(["50%  20 of 40 records\n"]);
    advance(1);
    line.show(0.7, "28 of 40 records");
    advance(60_000);
    line.show(0.7, "28 of 40 records");
    line.clear();
    expect(written.slice(1)).toEqual(["70%  28 of 40 records\n"]);
  });
});
