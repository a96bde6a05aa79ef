import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { exampleCases as cases, exampleFirm } from "../../sandbox/firms/example-firm.ts";
import { type Firm, matter, person } from "../../sandbox/firms/firm.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { ProgressLine } from "../../src/commands/progress.ts";
import { formatOutcome, formatProgress } from "../../src/commands/sync/format-sync.ts";
import type { FirmInProgress } from "../../src/commands/sync/sync-firms.ts";
import { envOf, quillAndPartners, type Run, startCommand } from "../../testkit/command.ts";
import { complete } from "../../testkit/mirror.ts";
import {
  connectUser,
  folderForTest,
  SETUP_TOKEN,
  sandboxForTest,
  serviceForTest,
} from "../../testkit/service.ts";

const SYNC = join(import.meta.dirname, "../../src/commands/sync/main.ts");
const ALWAYS = Number.POSITIVE_INFINITY;

/** `npm run sync` as a process of its own, in a folder without a `.env`. */
function sync(args: readonly string[], env: Record<string, string>): Promise<Run> {
  return startCommand(SYNC, args, env);
}

async function synced(env: Record<string, string>, args: readonly string[] = []) {
  const { output, ended } = await sync(args, env);
  return { code: await ended, ...output };
}

/** 450 matters of one client: three pages. */
function largeFirm(): Firm {
  const client = person(1, "Paula Client");
  const matters = Array.from({ length: 450 }, (_, i) => matter(1000 + i, i + 1, client, `Matter ${i}`, {}));
  return { ...exampleFirm(), contacts: [client], matters };
}

/** Firms that are connected, and a service that has stopped before it read any of them. */
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

/** Whether Jane Doe is found while Clio answers nothing. */
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
  test("alone: reads everything, says how much, and callers are answered from it without Clio", async () => {
    const { sandbox, service, key, env } = await connectedFirms();
    const [firm] = sandbox.firms;
    const { code, out, err } = await synced(env);
    expect({ code, out }).toEqual({ code: 0, out: "" });
    expect(err).toContain(
      `${firm?.account.name} (us-${firm?.account.id}): everything is read: ${firm?.contacts.length} contacts, ${firm?.matters.length} matters, ${firm?.users.length} users.\n`,
    );
    expect(err).not.toContain("\x1b");
    for (const { name } of firm?.contacts ?? []) expect(err).not.toContain(name);
    expect(await isFoundWithoutClio(sandbox, service.folder, key)).toBe(true);
  });

  test("beside the service: reads everything once more, whoever of the two does it", async () => {
    const sandbox = await sandboxForTest();
    const service = await serviceForTest(sandbox.url, { env: { DIRECTORY: "mirror" } });
    const { key } = await connectUser(service, { userId: 350, setup: SETUP_TOKEN });
    await complete(service);
    sandbox.changes().removeContact(cases.janeDoe.contactId);
    const { code, err } = await synced(envOf(service));
    expect(err).toContain("everything is read");
    expect(code).toBe(0);
    const answer = await fetch(
      `${service.url}/lookup-contact?phone=${encodeURIComponent(cases.janeDoe.phone)}`,
      { headers: { Authorization: `Bearer ${key}` } },
    );
    expect(await answer.json()).toMatchObject({ found: false });
  });

  test("reads one firm alone when it is asked to", async () => {
    const { sandbox, env } = await connectedFirms([exampleFirm(), quillAndPartners()]);
    const { code, err } = await synced(env, ["--firm", "us-88002"]);
    expect({ code, err }).toEqual({
      code: 0,
      err: expect.stringContaining(
        "Quill & Partners (us-88002): everything is read: 0 contacts, 0 matters, 1 user.",
      ),
    });
    expect(err).not.toContain(sandbox.firms[0]?.account.name);
    expect(sandbox.requests.filter(({ userId, path }) => userId === 350 && /contacts/.test(path))).toEqual(
      [],
    );
  });

  test("a firm nobody is connected for is reported and skipped", async () => {
    const { sandbox, env } = await connectedFirms([exampleFirm(), quillAndPartners()]);
    sandbox.revoke(10_350);
    const { code, err } = await synced(env);
    expect(err).toContain("Hollis & Vance LLP (us-");
    expect(err).toContain(
      `Quill & Partners (us-88002): nobody is connected, so it cannot be read. Somebody with a Clio login of the firm has to open ${env.PUBLIC_URL}/connect.`,
    );
    expect(code).toBe(0);
    expect((await synced(env, ["--firm", "us-88002"])).code).toBe(1);
  });

  test("a permission that is missing ends the wait, and what was wrong before does not", async () => {
    const firm = exampleFirm();
    firm.users[0]?.permissions.delete("matters");
    const { env } = await connectedFirms([firm]);
    const { code, err, out } = await synced(env);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toContain("Clio denied access to contacts, matters or users. Check two things in Clio:");

    firm.users[0]?.permissions.add("matters");
    expect(await synced(env)).toMatchObject({ code: 0, err: expect.stringContaining("everything is read") });
  });

  test("Clio's limit is waited for and shown; Ctrl+C stops, and what was read stays", async () => {
    const { sandbox, service, env } = await connectedFirms([largeFirm()]);
    sandbox.fault({
      path: /matters.*page_token/,
      kind: "status",
      status: 429,
      retryAfter: 34,
      times: ALWAYS,
    });
    const { process: child, output, ended } = await sync([], env);
    await expect
      .poll(() => output.err, { timeout: 15_000 })
      .toMatch(/44 % +Clio's limit is used up, going on in 3\d s\n/);
    child.kill("SIGINT");
    child.kill("SIGINT");
    expect(await ended).toBe(130);
    expect(output.err).toMatch(
      /Stopped\. What was read stays; the service, or this command, goes on from there\.\n$/,
    );
    expect(output.out).toBe("");

    sandbox.clearFaults();
    const before = sandbox.counts.get("/api/v4/contacts");
    const db = new DatabaseSync(service.databaseFile);
    db.exec("update mirrors set retry_at = 0");
    db.close();
    expect(await synced(env)).toMatchObject({
      code: 0,
      err: expect.stringContaining("everything is read: 1 contact, 450 matters,"),
    });
    expect(sandbox.counts.get("/api/v4/contacts")).toBe(before);
  });

  test("without a firm, or without that firm: a sentence, and 1", async () => {
    const { env } = await connectedFirms();
    expect(await synced(env, ["--firm", "us-1"])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^No firm us-1 is admitted\. There are: us-\d+\.\n$/),
    });
    const folder = await folderForTest();
    expect(await synced({ ...env, DATABASE_URL: `sqlite:${folder}/new.db` })).toMatchObject({
      code: 1,
      err: `No firm is admitted yet in ${folder}/new.db.\n`,
    });
  });

  test("where nothing is kept there is nothing to read", async () => {
    const { env, sandbox } = await connectedFirms();
    const before = sandbox.requests.length;
    expect(await synced({ ...env, DIRECTORY: "live" })).toEqual({
      code: 1,
      out: "",
      err: "Nothing is kept here, so there is nothing to read: DIRECTORY is live, and every call asks Clio.\n",
    });
    expect(sandbox.requests).toHaveLength(before);
  });

  test.each([[["--frim", "us-1"]], [["us-1"]], [["--firm"]], [["--firm", "--all"]]])(
    "%j is answered with how it is used, and 2",
    async (args) => {
      const { code, err, out } = await synced({}, args);
      expect({ code, out }).toEqual({ code: 2, out: "" });
      expect(err).toMatch(/\nUsage: npm run sync \[-- --firm us-12345\]\n$/);
      expect(err).not.toContain("    at ");
    },
  );

  test("bad settings, and a database that cannot be opened, are said in a sentence", async () => {
    const bad = await synced({ PORT: "seventy" });
    expect(bad.code).toBe(1);
    expect(bad.err).toMatch(/^PORT: .*Example: /m);
    const { env } = await connectedFirms();
    const closed = await synced({ ...env, DATABASE_URL: "sqlite:/dev/null/router.db" });
    expect(closed).toMatchObject({ code: 1, err: expect.stringMatching(/^The database cannot be opened: /) });
    expect(closed.err).not.toContain("    at ");
  });
});

/** A firm that is being read, with so much done. */
function beingRead(read: number, total: number | null, lastErrorCode: string | null = null): FirmInProgress {
  const reading = { read, total, secondsLeft: total === null ? null : (total - read) / 100 };
  return {
    firm: { id: "us-1", region: "us", accountId: 1, name: "Firm", admittedAt: 0, lastCallAt: null },
    state: { phase: "first_read", reading, lastErrorCode, retryAt: lastErrorCode ? 34_000 : 0 },
  };
}

describe("the words of progress", () => {
  test("of one firm, of several, and before Clio has said how much there is", () => {
    expect(formatProgress([beingRead(10_000, 40_000)], 0)).toEqual({
      share: 0.25,
      text: "10,000 of 40,000 records, about 5 minutes left",
    });
    expect(formatProgress([beingRead(10_000, 40_000), beingRead(0, 10_000)], 0)).toEqual({
      share: 0.2,
      text: "2 firms, 10,000 of 50,000 records, about 5 minutes left",
    });
    expect(formatProgress([beingRead(0, null)], 0)).toEqual({
      share: null,
      text: "reading the first records",
    });
    expect(formatProgress([beingRead(5, 10), beingRead(0, null)], 0)).toEqual({
      share: null,
      text: "2 firms, 5 of 10 records",
    });
  });

  test("a wait is shown when every firm waits, and as long as it lasts", () => {
    const waiting = beingRead(10, 40, "clio_rate_limited");
    expect(formatProgress([waiting], 0).text).toBe("Clio's limit is used up, going on in 34 s");
    expect(formatProgress([beingRead(10, 40, "clio_timeout")], 33_500).text).toBe(
      "Clio cannot be read, trying again in 1 s",
    );
    expect(formatProgress([waiting], 34_000).text).toContain("10 of 40 records");
    expect(formatProgress([waiting, beingRead(10, 40)], 0).text).toContain("20 of 80 records");
  });

  test("a firm's name does nothing to the terminal", () => {
    const { firm } = beingRead(0, 0);
    const named = { ...firm, name: "\x1b[2JHollis\r\n" };
    expect(formatOutcome(named, { how: "not_admitted" }, "")).toBe(
      "[2JHollis (us-1): it is not admitted any more.",
    );
  });
});

describe("the line of progress", () => {
  function output(tty: { isTTY: true; columns: number } | object) {
    const written: string[] = [];
    let now = 0;
    const line = new ProgressLine({ ...tty, write: (text: string) => written.push(text) > 0 }, () => now);
    return { line, written, pass: (milliseconds: number) => (now += milliseconds) };
  }

  test("in a terminal it is a bar, drawn again in its place, and never wider than the terminal", () => {
    const { line, written } = output({ isTTY: true, columns: 60 });
    line.show(0.5, "20 of 40 records");
    expect(written).toEqual([`\r\x1b[2K[${"#".repeat(10)}${".".repeat(10)}]  50 % 20 of 40 records`]);
    line.show(1, "x".repeat(100));
    expect(written[1]).toHaveLength("\r\x1b[2K".length + 59);
    line.print("Firm: everything is read.");
    expect(written[2]).toBe(`\r\x1b[2KFirm: everything is read.\n${written[1]?.slice(5)}`);
    line.clear();
    line.clear();
    expect(written.slice(3)).toEqual(["\r\x1b[2K"]);
  });

  test("elsewhere it is a line every few seconds, when there is something new", () => {
    const { line, written, pass } = output({});
    line.show(0.5, "20 of 40 records");
    pass(4_999);
    line.show(0.6, "24 of 40 records");
    expect(written).toEqual(["50 %  20 of 40 records\n"]);
    pass(1);
    line.show(0.7, "28 of 40 records");
    pass(60_000);
    line.show(0.7, "28 of 40 records");
    line.clear();
    expect(written.slice(1)).toEqual(["70 %  28 of 40 records\n"]);
  });
});
