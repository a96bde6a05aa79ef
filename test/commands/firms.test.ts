import { join } from "node:path";
import { DatabaseSync, StatementSync } from "node:sqlite";
import { PassThrough } from "node:stream";
import supertest from "supertest";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { exampleFirm } from "../../sandbox/firms/example-firm.ts";
import { CommandError } from "../../src/commands/command-error.ts";
import { confirmRemoval } from "../../src/commands/firms/confirm-removal.ts";
import { deleteFirm } from "../../src/commands/firms/delete-firm.ts";
import { type FirmOverview, listFirmOverviews } from "../../src/commands/firms/firm-overview.ts";
import { formatFirmsAsJson } from "../../src/commands/firms/format-firms-as-json.ts";
import { formatFirmsAsTable } from "../../src/commands/firms/format-firms-as-table.ts";
import type { MirrorState } from "../../src/mirror/mirror-state.ts";
import { createSealer } from "../../src/store/encryption/sealing.ts";
import { openStore } from "../../src/store/store.ts";
import { envOf, startCommand } from "../../testkit/command.ts";
import { complete, POLL_INTERVAL_MS, until } from "../../testkit/mirror.ts";
import { quillAndPartners } from "../../testkit/quill-and-partners.ts";
import {
  connectUser,
  folderForTest,
  type RunningService,
  SETUP_TOKEN,
  sandboxForTest,
  serviceForTest,
} from "../../testkit/service.ts";
import { user } from "../store/fixtures.ts";

const FIRMS = join(import.meta.dirname, "../../src/commands/firms/main.ts");
const ALWAYS = Number.POSITIVE_INFINITY;

/** Runs `npm run firms` in its own process. */
async function firms(env: Record<string, string>, ...args: string[]) {
  const { output, ended } = await startCommand(FIRMS, args, env);
  return { code: await ended, ...output };
}

/** A running service with two firms, one with two users, and Quill & Partners; both are synced. */
async function twoFirms({ env = {} }: { env?: Record<string, string> } = {}) {
  const sandbox = await sandboxForTest({ firms: [exampleFirm(), quillAndPartners()] });
  const service = await serviceForTest(sandbox.url, {
    env: { DIRECTORY: "mirror", ...env },
    pollIntervalMs: POLL_INTERVAL_MS,
  });
  const [first, second] = sandbox.firms[0]?.users ?? [];
  if (!first || !second) throw new Error("the example firm has too few users");
  const { key } = await connectUser(service, { userId: first.id, setup: SETUP_TOKEN });
  await connectUser(service, { userId: second.id });
  const quill = await connectUser(service, { userId: 10_350, setup: SETUP_TOKEN });
  await complete(service);
  const id = `us-${sandbox.firms[0]?.account.id}`;
  await until(async () => {
    const rows = query(service, "select id from mirrors where gone = 0 and complete_at is not null");
    if (rows.length < 2) throw new Error("a firm is not read yet");
  });
  const ask = (bearer: string | null, phone = "anonymous") =>
    supertest(service.url).get("/lookup-contact").query({ phone }).set("Authorization", `Bearer ${bearer}`);
  return {
    sandbox,
    service,
    id,
    users: [first.id, second.id],
    key,
    quillKey: quill.key,
    ask,
    env: envOf(service),
  };
}

function query(service: Pick<RunningService, "databaseFile">, sql: string) {
  const db = new DatabaseSync(service.databaseFile, { readOnly: true });
  try {
    return db.prepare(sql).all();
  } finally {
    db.close();
  }
}

/** Every row of every table that names the firm or belongs to one of these mirrors. */
function rowsNaming(service: RunningService, firmId: string, mirrorIds: readonly unknown[]): string[] {
  const tables = query(service, "select name from sqlite_master where type = 'table'").map(
    ({ name }) => name,
  );
  expect(tables.length).toBeGreaterThan(10);
  return tables.flatMap((table) =>
    query(service, `select * from "${table}"`).flatMap((row) => {
      const belongsToMirror =
        mirrorIds.includes(row.mirror_id) || (table === "mirrors" && mirrorIds.includes(row.id));
      const names = Object.values(row).some((value) => typeof value === "string" && value.includes(firmId));
      return belongsToMirror || names ? `${table}: ${JSON.stringify(row)}` : [];
    }),
  );
}

describe("npm run firms", () => {
  test("shows a line for each firm, below headings, and what to do", async () => {
    const { sandbox, id, quillKey, ask, env } = await twoFirms();
    sandbox.revoke(10_350);
    // A lookup of an unknown number goes to Clio, which reveals that the access has ended.
    expect((await ask(quillKey, "+14155550199")).body.code).toBe("clio_not_connected");
    const { code, out, err } = await firms(env);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const [headings = "", first = "", second = "", ...below] = out.split("\n");
    expect(headings).toMatch(/^FIRM +NAME +REGION +USERS +STATE +MIRROR +LAST CALL$/);
    expect(first).toMatch(
      new RegExp(
        `^${id} +Hollis & Vance LLP +us +2 +connected +complete, checked just now, \\d+ records +never$`,
      ),
    );
    expect(second).toMatch(
      /^us-88002 +Quill & Partners +us +0 \(1 revoked\) +reconnect needed +none +just now$/,
    );
    expect(below.join("\n")).toBe(
      `\n2 firms: 1 connected, 1 reconnect needed.\nA firm's callers can't be looked up while it isn't connected. A user with a Clio login at the firm must open ${env.PUBLIC_URL}/connect.\n`,
    );
  });

  test("lists the same as JSON, for scripts", async () => {
    const { id, key, ask, env } = await twoFirms();
    await ask(key);
    const { code, out, err } = await firms(env, "list", "--json");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(JSON.parse(out)).toEqual([
      {
        id,
        name: "Hollis & Vance LLP",
        region: "us",
        admitted_at: time,
        users: { connected: 2, revoked: 0, unreadable: 0 },
        administrators: 2,
        state: "connected",
        mirror: {
          phase: "ready",
          checked_at: time,
          records: { users: expect.any(Number), contacts: expect.any(Number), matters: expect.any(Number) },
          reading: null,
          trouble: null,
        },
        last_call_at: time,
      },
      expect.objectContaining({
        id: "us-88002",
        mirror: expect.objectContaining({ records: { users: 1, contacts: 0, matters: 0 } }),
        last_call_at: null,
      }),
    ]);
    expect(await firms(env, "--json")).toMatchObject({
      code: 0,
      out: expect.stringContaining(`"id": "${id}"`),
    });
  });

  test("doesn't wait for a write of the service, and writes nothing", async () => {
    const { service, env } = await twoFirms();
    await service.close();
    const db = new DatabaseSync(service.databaseFile);
    const version = () => Object.values(db.prepare("pragma data_version").get() ?? {})[0];
    const before = version();
    db.exec("begin immediate");
    expect(await firms(env)).toMatchObject({ code: 0, err: "" });
    db.exec("commit");
    expect(version()).toBe(before);
    db.close();
  });

  test("explains how to connect a firm when there is none", async () => {
    const service = await serviceForTest("http://127.0.0.1:9");
    expect(await firms(envOf(service))).toEqual({
      code: 0,
      err: "",
      out: "No firm is connected yet. To get a link that connects one, run: npm run firms -- admit\n",
    });
    expect(await firms(envOf(service), "list", "--json")).toMatchObject({ code: 0, out: "[]\n" });
  });

  test("makes as many queries for 300 firms as for 3", async () => {
    const folder = await folderForTest();
    const store = await openStore(
      { kind: "sqlite", path: join(folder, "router.db") },
      createSealer([new Uint8Array(32)]),
    );
    onTestFinished(() => store.close());
    const queries = vi.spyOn(StatementSync.prototype, "all");
    onTestFinished(() => queries.mockRestore());
    const admitUpTo = async (last: number) => {
      for (let at = await store.firms.count(); at < last; at += 1) {
        await store.firms.admit({ region: "us", accountId: at, name: `Firm ${at}` }, { onlyFirst: false });
        await store.connections.save(user(`us-${at}`, at));
        await store.mirrors.create(`us-${at}`, at, "a form");
      }
    };
    const queriesFor = async (number: number) => {
      await admitUpTo(number);
      queries.mockClear();
      const overviews = await listFirmOverviews(store, { formatVersion: "a form" }, Date.now());
      expect(overviews).toHaveLength(number);
      expect(overviews.every(({ mirror }) => mirror.phase === "first_read")).toBe(true);
      return queries.mock.calls.length;
    };
    const few = await queriesFor(3);
    expect(few).toBeGreaterThan(0);
    expect(await queriesFor(300)).toBe(few);
  });

  test.each([
    [["lsit"], 'Unknown command "lsit". Use list, admit, admin or remove.'],
    [["list", "us-1"], 'Unexpected argument "us-1" after list.'],
    [["admit", "us-1"], 'Unexpected argument "us-1" after admit.'],
    [["remove"], "remove needs the ID of a firm, for example us-12345."],
    [["remove", "us-1", "us-2"], 'Unexpected argument "us-2" after remove.'],
    [["list", "--yes"], "--yes is an option of remove, not of list."],
    [["remove", "us-1", "--json"], "--json is an option of list, not of remove."],
    [["--jsno"], "Unknown option '--jsno'"],
  ])("refuses %j with the problem, the usage and 2", async (args, text) => {
    const { code, err, out } = await firms({}, ...args);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err.startsWith(text)).toBe(true);
    expect(err).toContain("\n\nUsage:\n  npm run firms ");
    expect(err).not.toContain("    at ");
  });

  test("reports invalid settings, and a database that can't be opened, without a stack", async () => {
    const invalid = await firms({ PORT: "seventy" });
    expect(invalid).toMatchObject({ code: 1, out: "", err: expect.stringMatching(/^PORT: .*Example: /m) });
    const service = await serviceForTest("http://127.0.0.1:9");
    for (const command of [["list"], ["admit"], ["remove", "us-1", "--yes"]]) {
      const unopened = await firms(
        { ...envOf(service), DATABASE_URL: "sqlite:/dev/null/router.db" },
        ...command,
      );
      expect(unopened).toMatchObject({
        code: 1,
        out: "",
        err: expect.stringMatching(/^Can't open the database: /),
      });
      expect(unopened.err).not.toContain("    at ");
    }
  });
});

const HOUR_MS = 60 * 60_000;
const NOW = Date.UTC(2026, 4, 31, 12);

function overview(
  mirror: MirrorState,
  more: Partial<FirmOverview> & { name?: string; lastCallAt?: number } = {},
) {
  const { name = "Doe LLP", lastCallAt = null, ...rest } = more;
  return {
    firm: { id: "us-1", region: "us", accountId: 1, name, admittedAt: 0, lastCallAt, timeZone: null },
    users: { connected: 1, revoked: 0, unreadable: 0 },
    administrators: 1,
    state: "connected",
    mirror,
    ...rest,
  } satisfies FirmOverview;
}

/** The cells of a firm's line. */
function cellsOf(shown: FirmOverview): string[] {
  return (formatFirmsAsTable([shown], "https://router.example", NOW).split("\n")[1] ?? "").split(/ {2,}/);
}

const COPY = {
  phase: "ready",
  records: { users: 10, contacts: 1000, matters: 2000 },
  changedAt: null,
  fullSyncedAt: null,
  checkedAt: NOW - 3 * 60_000,
  answersUntil: NOW + HOUR_MS,
  reading: null,
  lastErrorCode: null,
  retryAt: 0,
} as const;
const READING = { read: 459, total: 1000, secondsLeft: 60 };

describe("the table", () => {
  test.each<[MirrorState, string]>([
    [{ phase: "live" }, "live"],
    [{ phase: "nobody_connected" }, "none"],
    [
      {
        phase: "first_read",
        reading: { read: 0, total: null, secondsLeft: null },
        lastErrorCode: null,
        retryAt: 0,
      },
      "first sync starting",
    ],
    [
      { phase: "first_read", reading: READING, lastErrorCode: "clio_rate_limited", retryAt: NOW },
      "first sync at 45%; waiting for Clio's rate limit",
    ],
    [COPY, "complete, checked 3 min ago, 3,010 records"],
    [{ ...COPY, reading: READING }, "complete, checked 3 min ago, 3,010 records, full sync at 45%"],
    [
      { ...COPY, phase: "behind", checkedAt: NOW - 5 * HOUR_MS, lastErrorCode: "clio_error" },
      "complete but behind, checked 5 h ago, 3,010 records; Clio unreachable",
    ],
    [
      { ...COPY, phase: "too_old", checkedAt: NOW - 72 * HOUR_MS, lastErrorCode: "clio_permission" },
      "too old to use, checked 3 days ago, 3,010 records; permission missing",
    ],
  ])("describes the mirror %j", (mirror, text) => {
    expect(cellsOf(overview(mirror))[5]).toBe(text);
  });

  test("counts users without access separately, and says below what to do", () => {
    const users = { connected: 0, revoked: 2, unreadable: 1 };
    const shown = overview({ phase: "nobody_connected" }, { users, state: "reconnect_needed" });
    expect(cellsOf(shown).slice(3, 5)).toEqual(["0 (2 revoked, 1 unreadable)", "reconnect needed"]);
    const text = formatFirmsAsTable([shown, overview(COPY)], "https://router.example", NOW);
    expect(text).toContain("\n2 firms: 1 connected, 1 reconnect needed.\n");
    expect(text).toContain("must open https://router.example/connect.\n");
    expect(formatFirmsAsTable([overview(COPY)], "https://router.example", NOW)).toMatch(
      /\n1 firm: 1 connected\.\n$/,
    );
  });

  test("says which connected firms have no administrator, and what to do", () => {
    const orphan = overview(COPY, { administrators: 0 });
    const gone = overview({ phase: "nobody_connected" }, { administrators: 0, state: "reconnect_needed" });
    const line =
      "No administrator is connected: us-1. To choose one, run: npm run firms -- admin FIRM USER\n";
    const text = formatFirmsAsTable([orphan, gone, overview(COPY)], "https://router.example", NOW);
    expect(text).toContain(`/connect.\n${line}`);
    expect(formatFirmsAsTable([gone, overview(COPY)], "https://router.example", NOW)).not.toContain(
      "No administrator",
    );
  });

  test("shows how long ago the last call was", () => {
    const ago = (milliseconds: number) => cellsOf(overview(COPY, { lastCallAt: NOW - milliseconds }))[6];
    expect(cellsOf(overview(COPY))[6]).toBe("never");
    expect([-5000, 59_999, 60_000, HOUR_MS - 1, HOUR_MS, 48 * HOUR_MS - 1, 48 * HOUR_MS].map(ago)).toEqual([
      "just now",
      "just now",
      "1 min ago",
      "59 min ago",
      "1 h ago",
      "47 h ago",
      "2 days ago",
    ]);
  });

  test("aligns the columns, whatever characters the names contain", () => {
    const names = ["Émile & Söhne", "E\u0301mile", "x".repeat(60), ""];
    const lines = formatFirmsAsTable(
      names.map((name) => overview(COPY, { name })),
      "",
      NOW,
    ).split("\n");
    const widths = lines.slice(0, 5).map((line) => {
      const end = line.indexOf(line.startsWith("FIRM") ? "REGION" : "us     ", 5);
      return [...new Intl.Segmenter().segment(line.slice(0, end))].length;
    });
    expect(new Set(widths).size).toBe(1);
    expect(lines[3]).toContain(`  ${"x".repeat(39)}…  us`);
  });

  test("prints no control characters of a firm's name, in the table or as JSON", () => {
    const name = "\u001b[2J\u009b31mDoe\r\n\u202eLLP\u2028\u007f\u{e0001}";
    const shown = overview(COPY, { name });
    const control = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
    expect(cellsOf(shown)[1]).toBe("[2J31mDoeLLP");
    const json = formatFirmsAsJson([shown]);
    expect(json.replaceAll("\n", "")).not.toMatch(control);
    expect(JSON.parse(json)[0].name).toBe(name);
  });
});

describe("npm run firms -- admit", () => {
  test("prints a link that connects one firm to a running service, and stores only its hash", async () => {
    const sandbox = await sandboxForTest({ firms: [exampleFirm(), quillAndPartners()] });
    const service = await serviceForTest(sandbox.url, { env: { SETUP_TOKEN: "" } });
    const [userId] = sandbox.firms[0]?.users.map(({ id }) => id) ?? [];
    const first = await firms(envOf(service), "admit");
    expect(first).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^http:\/\/127\.0\.0\.1:3000\/connect\?setup=[\w-]{43}\n$/),
      err: expect.stringMatching(/^This link connects one firm, once, until \w+ \d+, 20\d\d, .* UTC\. /),
    });
    const setup = new URL(first.out.trim()).searchParams.get("setup") ?? "";
    expect(JSON.stringify(query(service, "select * from invitations"))).not.toContain(setup);

    expect((await connectUser(service, { userId: userId ?? 0, setup })).page.status).toBe(200);
    expect((await connectUser(service, { userId: 10_350, setup })).page.status).toBe(403);
    const { out } = await firms(envOf(service), "admit");
    const second = new URL(out.trim()).searchParams.get("setup") ?? "";
    expect((await connectUser(service, { userId: 10_350, setup: second })).page.status).toBe(200);
    expect(service.logLines.join("")).not.toContain(setup);
  });
});

describe("npm run firms -- remove", () => {
  test("deletes all data of the firm, here and in Clio, and nothing of other firms", async () => {
    const { sandbox, service, id, users, key, quillKey, ask, env } = await twoFirms();
    const mirrors = query(service, `select id from mirrors where firm_id = '${id}'`).map((row) => row.id);
    const before = rowsNaming(service, id, mirrors);
    for (const table of ["firms", "connections", "bearer_keys", "mirrors", "mirror_records", "mirror_terms"])
      expect(
        before.some((row) => row.startsWith(`${table}: `)),
        table,
      ).toBe(true);
    const others = () =>
      ["bearer_keys", "mirror_records", "connections"].map(
        (table) => query(service, `select * from ${table}`).filter((row) => !rowIsOf(row)).length,
      );
    const rowIsOf = (row: Record<string, unknown>) =>
      row.firm_id === id || mirrors.includes(row.mirror_id as never);
    const othersBefore = others();
    expect(othersBefore.every((rows) => rows > 0)).toBe(true);

    const { code, out, err } = await firms(env, "remove", id, "--yes");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(
      new RegExp(
        `^Removed Hollis & Vance LLP \\(${id}\\): 2 users, 1 key, \\d+ Clio records\\. The firm's data was deleted from the database, and the keys that encrypted it were destroyed\\. A running service forgets them within a minute\\. Existing backups are unchanged\\.\\n$`,
      ),
    );
    await until(() => expect(rowsNaming(service, id, mirrors)).toEqual([]));
    expect(others()).toEqual(othersBefore);
    expect((await ask(key)).status).toBe(401);
    expect((await ask(quillKey)).status).toBe(200);
    for (const userId of users) expect(sandbox.customActions.of(userId)).toEqual([]);
    expect(sandbox.counts.get("/oauth/deauthorize")).toBe(2);
    expect((await connectUser(service, { userId: users[0] ?? 0 })).page.status).toBe(403);
  });

  test("waits for a process that is syncing the firm, and deletes what it created in the meantime", async () => {
    const { service, id, env } = await twoFirms();
    await service.close();
    const store = await openStore(
      { kind: "sqlite", path: service.databaseFile },
      createSealer([new Uint8Array(32)]),
    );
    onTestFinished(() => store.close());
    let tries = 0;
    const acquire: typeof store.leases.acquire = async (...lease) => {
      tries += 1;
      if (tries > 1) return store.leases.acquire(...lease);
      await store.mirrors.create(id, 350, "a form");
      return false;
    };
    await deleteFirm({ ...store, leases: { ...store.leases, acquire } }, id);
    expect(tries).toBe(2);
    expect(rowsNaming(service, id, [])).toEqual([]);
    expect((await firms(env)).out).toContain("1 firm: 1 connected.");
  });

  test("keeps the firm while Clio is down, and says why; --without-clio removes it", async () => {
    const { sandbox, service, id, key, ask, env, users } = await twoFirms();
    sandbox.fault({ path: "/", kind: "status", status: 500, times: ALWAYS });
    const refused = await firms(env, "remove", id, "--yes");
    expect(refused).toMatchObject({ code: 1, out: "" });
    expect(refused.err).toContain(
      `Hollis & Vance LLP (${id}) was not removed, because its access in Clio couldn't be ended for 2 users:`,
    );
    expect(refused.err).toContain(`  user ${users[0]}: Clio responded with status 500.\n`);
    expect(refused.err).toContain(`\n  npm run firms -- remove ${id} --without-clio\n`);
    expect((await ask(key)).status).toBe(200);

    const requests = sandbox.requests.length;
    await service.close();
    const { code, out, err } = await firms(env, "remove", id, "--without-clio", "--yes");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toContain(
      "Clio still has the following, for 2 users:\n  - the app in the user's list of connected apps",
    );
    expect(sandbox.requests).toHaveLength(requests);
    expect(rowsNaming(service, id, [])).toEqual([]);
  });

  test("stops at Ctrl+C while Clio hangs, and the firm stays", async () => {
    const { sandbox, id, key, ask, env } = await twoFirms();
    sandbox.fault({ path: "/oauth/deauthorize", kind: "hang", times: ALWAYS });
    const { process: child, output, ended } = await startCommand(FIRMS, ["remove", id, "--yes"], env);
    await until(() => expect(sandbox.requests.at(-1)?.path).toBe("/oauth/deauthorize"));
    child.kill("SIGINT");
    expect(await ended).toBe(130);
    expect(output).toEqual({
      out: "",
      err: `Stopped. Hollis & Vance LLP (${id}) was not removed. Users who are already disconnected stay disconnected.\n`,
    });
    expect((await ask(key)).status).toBe(200);
  });

  test("stops at Ctrl+C while another process syncs the firm, and the service deletes the rest", async () => {
    const { service, id, key, ask, env } = await twoFirms();
    const mirrors = query(service, `select id from mirrors where firm_id = '${id}'`).map((row) => row.id);
    const db = new DatabaseSync(service.databaseFile);
    onTestFinished(() => db.close());
    db.exec(
      `insert or replace into leases (name, holder, until) values ('mirror ${id}', 'another', ${Date.now() + 3_600_000})`,
    );
    const args = ["remove", id, "--yes", "--without-clio"];
    const { process: child, output, ended } = await startCommand(FIRMS, args, env);
    await until(() => expect(query(service, `select 1 from firms where id = '${id}'`)).toEqual([]));
    child.kill("SIGTERM");
    expect(await ended).toBe(130);
    expect(output).toEqual({
      out: "",
      err: `Stopped. Hollis & Vance LLP (${id}) was removed. The running service deletes the rest of its data.\n`,
    });
    expect((await ask(key)).status).toBe(401);
    db.exec(`delete from leases where holder = 'another'`);
    await until(() => expect(rowsNaming(service, id, mirrors)).toEqual([]));
  });

  test("skips users who were disconnected before Clio failed", async () => {
    const { sandbox, id, env } = await twoFirms();
    sandbox.fault({ path: "/oauth/deauthorize", kind: "status", status: 500 });
    expect((await firms(env, "remove", id, "--yes")).err).toContain("couldn't be ended for 1 user:");
    expect(await firms(env, "remove", id, "--yes")).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^Removed .*: 1 user, /),
    });
  });

  test("reports a user whose token can't be decrypted", async () => {
    const { id, env } = await twoFirms();
    const other = { ...env, SECRET_KEY: Buffer.alloc(32, 7).toString("base64") };
    expect((await firms(other, "remove", id, "--yes")).err).toContain(
      "a key that is no longer in SECRET_KEY",
    );
    expect(await firms(other, "remove", id, "--yes", "--without-clio")).toMatchObject({ code: 0 });
  });

  test("does nothing without a terminal and without --yes", async () => {
    const { id, env, ask, key } = await twoFirms();
    expect(await firms(env, "remove", id)).toEqual({
      code: 2,
      out: "",
      err: `Nothing was removed. There is no terminal to confirm at; to skip the confirmation, add --yes: npm run firms -- remove ${id} --yes\n`,
    });
    expect((await ask(key)).status).toBe(200);
  });

  test("lists the firms when no firm has that ID", async () => {
    const { id, env } = await twoFirms();
    expect(await firms(env, "remove", "us-1", "--yes")).toEqual({
      code: 2,
      out: "",
      err: `There is no firm "us-1". Firms: ${id}, us-88002.\n`,
    });
  });

  test("requires the firm's ID to be typed at a terminal", async () => {
    const terminal = () => {
      const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => {} });
      const output = Object.assign(new PassThrough(), { isTTY: true });
      return { input, output, shown: () => String(output.read() ?? "") };
    };
    const correct = terminal();
    correct.input.write("us-1\r");
    await confirmRemoval("us-1", "This removes a firm.", correct);
    expect(correct.shown()).toMatch(/^This removes a firm\.\n[\s\S]*Type us-1 to confirm: /);

    for (const typed of ["us-2\r", "yes\r", "\r"]) {
      const wrong = terminal();
      wrong.input.write(typed);
      const confirming = confirmRemoval("us-1", "", wrong);
      await expect(confirming).rejects.toThrow("That isn't us-1. Nothing was removed.");
      await expect(confirming).rejects.toMatchObject({ exitCode: 1 });
    }
    const interrupted = terminal();
    interrupted.input.write("us-\u0003");
    const confirming = confirmRemoval("us-1", "", interrupted);
    await expect(confirming).rejects.toThrow("Stopped. Nothing was removed.");
    await expect(confirming).rejects.toBeInstanceOf(CommandError);
    await expect(confirming).rejects.toMatchObject({ exitCode: 130 });
    await expect(confirmRemoval("us-1", "", { ...correct, input: new PassThrough() })).rejects.toMatchObject({
      exitCode: 2,
    });
  });
});

describe("npm run firms -- admin", () => {
  /** A firm whose account owner has disconnected, and whose other user isn't an administrator. */
  async function firmWithoutAdministrator() {
    const sandbox = await sandboxForTest({ firms: [exampleFirm()] });
    const service = await serviceForTest(sandbox.url);
    const owner = await connectUser(service, { userId: 351, setup: SETUP_TOKEN });
    const desmond = await connectUser(service, { userId: 352 });
    await connectUser(service, { userId: 353 });
    sandbox.revoke(351);
    await owner.browser.get("/setup");
    return { service, desmond: desmond.browser, env: envOf(service) };
  }

  test("makes a connected user an administrator, which the history shows", async () => {
    const { desmond, env } = await firmWithoutAdministrator();
    expect((await firms(env)).out).toContain("No administrator is connected: us-77001.");
    expect(JSON.parse((await firms(env, "list", "--json")).out)).toMatchObject([{ administrators: 0 }]);
    expect((await desmond.get("/setup")).text).not.toContain('id="keys"');
    expect(await firms(env, "admin", "us-77001", "352")).toEqual({
      code: 0,
      out: "Desmond Vance (352) is now an administrator of Hollis & Vance LLP (us-77001).\n",
      err: "",
    });
    const { text } = await desmond.get("/setup");
    expect(text).toContain('id="keys"');
    expect(text).toMatch(/The operator made Desmond Vance an administrator<p.*command line/);
    expect((await firms(env)).out).not.toContain("No administrator");
    expect(await firms(env, "admin", "us-77001", "352")).toEqual({
      code: 0,
      out: "Desmond Vance (352) is already an administrator of Hollis & Vance LLP (us-77001).\n",
      err: "",
    });
  });

  test("lists the connected users when the user is missing or wrong", async () => {
    const { env } = await firmWithoutAdministrator();
    const list = "Connected users:\n  352  Desmond Vance\n  353  Priya Raman\n";
    expect(await firms(env, "admin", "us-77001")).toEqual({
      code: 2,
      out: "",
      err: `admin needs the ID of a user. ${list}`,
    });
    for (const user of ["351", "999", "Desmond"])
      expect(await firms(env, "admin", "us-77001", user)).toEqual({
        code: 2,
        out: "",
        err: `Hollis & Vance LLP (us-77001) has no connected user ${JSON.stringify(user)}. ${list}`,
      });
    expect(await firms(env, "admin", "us-1", "352")).toMatchObject({
      code: 2,
      err: 'There is no firm "us-1". Firms: us-77001.\n',
    });
    expect((await firms(env, "admin")).err).toContain("admin needs the ID of a firm");
    expect((await firms(env, "admin", "us-77001", "352", "353")).err).toContain('Unexpected argument "353"');
  });
});

test("a firm that could not be removed completely has the disconnected users in its history", async () => {
  const { sandbox, service, id, env } = await twoFirms();
  sandbox.fault({ path: "/oauth/deauthorize", kind: "status", status: 500, times: 1 });
  expect((await firms(env, "remove", id, "--yes")).code).toBe(1);
  expect(query(service, "select actor_id, subject_id from audit_events where kind = 'user_removed'")).toEqual(
    [{ actor_id: null, subject_id: expect.any(Number) }],
  );
});
