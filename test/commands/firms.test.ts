import { join } from "node:path";
import { DatabaseSync, StatementSync } from "node:sqlite";
import { PassThrough } from "node:stream";
import supertest from "supertest";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { exampleFirm } from "../../sandbox/firms/example-firm.ts";
import { CommandError } from "../../src/commands/command-error.ts";
import { confirmRemoval } from "../../src/commands/firms/confirm-removal.ts";
import { deleteFirm } from "../../src/commands/firms/delete-firm.ts";
import { type FirmOverview, firmOverviews } from "../../src/commands/firms/firm-overview.ts";
import { formatFirmsAsJson } from "../../src/commands/firms/format-json.ts";
import { formatFirmsAsTable } from "../../src/commands/firms/format-table.ts";
import type { MirrorState } from "../../src/mirror/mirror-state.ts";
import { createSealer } from "../../src/store/encryption/sealing.ts";
import { openStore } from "../../src/store/store.ts";
import { envOf, quillAndPartners, startCommand } from "../../testkit/command.ts";
import { complete, LOOKS_EVERY, until } from "../../testkit/mirror.ts";
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

/** `npm run firms` as a process of its own, run to its end. */
async function firms(env: Record<string, string>, ...args: string[]) {
  const { output, ended } = await startCommand(FIRMS, args, env);
  return { code: await ended, ...output };
}

/** A running service with two firms: one of two users, and Quill & Partners; both are read. */
async function twoFirms({ env = {} }: { env?: Record<string, string> } = {}) {
  const sandbox = await sandboxForTest({ firms: [exampleFirm(), quillAndPartners()] });
  const service = await serviceForTest(sandbox.url, {
    env: { DIRECTORY: "mirror", ...env },
    pollIntervalMs: LOOKS_EVERY,
  });
  const [first, second] = sandbox.firms[0]?.users ?? [];
  if (!first || !second) throw new Error("the example firm has too few users");
  const { key } = await connectUser(service, { userId: first.id, setup: SETUP_TOKEN });
  await connectUser(service, { userId: second.id });
  const quill = await connectUser(service, { userId: 10_350, setup: SETUP_TOKEN });
  await complete(service);
  const id = `us-${sandbox.firms[0]?.account.id}`;
  await until(async () => {
    const rows = look(service, "select id from mirrors where gone = 0 and complete_at is not null");
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

function look(service: Pick<RunningService, "databaseFile">, query: string) {
  const db = new DatabaseSync(service.databaseFile, { readOnly: true });
  try {
    return db.prepare(query).all();
  } finally {
    db.close();
  }
}

/** Every row of every table that names the firm, or a mirror that is not one of the others'. */
function rowsNaming(service: RunningService, firmId: string, mirrorIds: readonly unknown[]): string[] {
  const tables = look(service, "select name from sqlite_master where type = 'table'").map(({ name }) => name);
  expect(tables.length).toBeGreaterThan(10);
  return tables.flatMap((table) =>
    look(service, `select * from "${table}"`).flatMap((row) => {
      const isMirrors =
        mirrorIds.includes(row.mirror_id) || (table === "mirrors" && mirrorIds.includes(row.id));
      const names = Object.values(row).some((value) => typeof value === "string" && value.includes(firmId));
      return isMirrors || names ? `${table}: ${JSON.stringify(row)}` : [];
    }),
  );
}

describe("npm run firms", () => {
  test("shows each firm in a line, below headings, with what is to be done", async () => {
    const { sandbox, id, quillKey, ask, env } = await twoFirms();
    sandbox.revoke(10_350);
    // A number that nobody has is asked of Clio, which shows that the access has ended.
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
      `\n2 firms: 1 connected, 1 reconnect needed.\nCallers of a firm that is not connected are not looked up until somebody with a Clio login of that firm opens ${env.PUBLIC_URL}/connect.\n`,
    );
  });

  test("as JSON says the same, for scripts", async () => {
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
        state: "connected",
        mirror: {
          phase: "ready",
          checked_at: time,
          records: { users: expect.any(Number), contacts: expect.any(Number), matters: expect.any(Number) },
          reading: null,
          lastErrorCode: null,
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

  test("waits for no write of the service, and writes nothing", async () => {
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

  test("without a firm says how one is admitted", async () => {
    const service = await serviceForTest("http://127.0.0.1:9");
    expect(await firms(envOf(service))).toEqual({
      code: 0,
      err: "",
      out: "No firm is admitted yet. This prints a link that admits one: npm run firms -- admit\n",
    });
    expect(await firms(envOf(service), "list", "--json")).toMatchObject({ code: 0, out: "[]\n" });
  });

  test("asks the store as often for 300 firms as for 3", async () => {
    const folder = await folderForTest();
    const store = await openStore(
      { kind: "sqlite", path: join(folder, "router.db") },
      createSealer([new Uint8Array(32)]),
    );
    onTestFinished(() => store.close());
    const asked = vi.spyOn(StatementSync.prototype, "all");
    onTestFinished(() => asked.mockRestore());
    const admitUpTo = async (last: number) => {
      for (let at = await store.firms.count(); at < last; at += 1) {
        await store.firms.admit({ region: "us", accountId: at, name: `Firm ${at}` }, { onlyFirst: false });
        await store.connections.save(user(`us-${at}`, at));
        await store.mirrors.create(`us-${at}`, at, "a form");
      }
    };
    const questionsFor = async (number: number) => {
      await admitUpTo(number);
      asked.mockClear();
      const overviews = await firmOverviews(store, { formatVersion: "a form" }, Date.now());
      expect(overviews).toHaveLength(number);
      expect(overviews.every(({ mirror }) => mirror.phase === "first_read")).toBe(true);
      return asked.mock.calls.length;
    };
    const few = await questionsFor(3);
    expect(few).toBeGreaterThan(0);
    expect(await questionsFor(300)).toBe(few);
  });

  test.each([
    [["lsit"], 'There is no command "lsit": it must be list, admit or remove.'],
    [["list", "us-1"], '"us-1" is one word too many for list.'],
    [["admit", "us-1"], '"us-1" is one word too many for admit.'],
    [["remove"], "Which firm is to be removed?"],
    [["remove", "us-1", "us-2"], '"us-2" is one word too many for remove.'],
    [["list", "--yes"], "--yes is no option of list, but of remove."],
    [["remove", "us-1", "--json"], "--json is no option of remove, but of list."],
    [["--jsno"], "'--jsno'"],
  ])("%j is answered with what would be right, and 2", async (args, text) => {
    const { code, err, out } = await firms({}, ...args);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(text);
    expect(err).toContain("\nUsage:\n  npm run firms ");
    expect(err).not.toContain("    at ");
  });

  test("bad settings, and a database that cannot be opened, are said in a sentence", async () => {
    const bad = await firms({ PORT: "seventy" });
    expect(bad).toMatchObject({ code: 1, out: "", err: expect.stringMatching(/^PORT: .*Example: /m) });
    const service = await serviceForTest("http://127.0.0.1:9");
    for (const command of [["list"], ["admit"], ["remove", "us-1", "--yes"]]) {
      const closed = await firms(
        { ...envOf(service), DATABASE_URL: "sqlite:/dev/null/router.db" },
        ...command,
      );
      expect(closed).toMatchObject({
        code: 1,
        out: "",
        err: expect.stringMatching(/^The database cannot be opened: /),
      });
      expect(closed.err).not.toContain("    at ");
    }
  });
});

const HOUR = 60 * 60_000;
const NOW = Date.UTC(2026, 4, 31, 12);

function overview(
  mirror: MirrorState,
  more: Partial<FirmOverview> & { name?: string; lastCallAt?: number } = {},
) {
  const { name = "Doe LLP", lastCallAt = null, ...rest } = more;
  return {
    firm: { id: "us-1", region: "us", accountId: 1, name, admittedAt: 0, lastCallAt },
    users: { connected: 1, revoked: 0, unreadable: 0 },
    state: "connected",
    mirror,
    ...rest,
  } satisfies FirmOverview;
}

/** The line of a firm, its cells apart. */
function cellsOf(shown: FirmOverview): string[] {
  return (formatFirmsAsTable([shown], "https://router.example", NOW).split("\n")[1] ?? "").split(/ {2,}/);
}

const COPY = {
  phase: "ready",
  records: { users: 10, contacts: 1000, matters: 2000 },
  changedAt: null,
  checkedAt: NOW - 3 * 60_000,
  answersUntil: NOW + HOUR,
  reading: null,
  lastErrorCode: null,
  retryAt: 0,
} as const;
const READING = { read: 459, total: 1000, secondsLeft: 60 };

describe("the words of the list", () => {
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
      "first read about to begin",
    ],
    [
      { phase: "first_read", reading: READING, lastErrorCode: "clio_rate_limited", retryAt: NOW },
      "first read at 45 %; waiting for Clio's limit",
    ],
    [COPY, "complete, checked 3 min ago, 3,010 records"],
    [{ ...COPY, reading: READING }, "complete, checked 3 min ago, 3,010 records, read again at 45 %"],
    [
      { ...COPY, phase: "behind", checkedAt: NOW - 5 * HOUR, lastErrorCode: "clio_error" },
      "complete, lags behind, checked 5 h ago, 3,010 records; Clio not reached",
    ],
    [
      { ...COPY, phase: "too_old", checkedAt: NOW - 72 * HOUR, lastErrorCode: "clio_permission" },
      "too old to answer from, checked 3 days ago, 3,010 records; a permission is missing",
    ],
  ])("a mirror %j", (mirror, words) => {
    expect(cellsOf(overview(mirror))[5]).toBe(words);
  });

  test("users who are not connected any more are counted apart, and what is to be done is said below", () => {
    const users = { connected: 0, revoked: 2, unreadable: 1 };
    const shown = overview({ phase: "nobody_connected" }, { users, state: "reconnect_needed" });
    expect(cellsOf(shown).slice(3, 5)).toEqual(["0 (2 revoked, 1 unreadable)", "reconnect needed"]);
    const text = formatFirmsAsTable([shown, overview(COPY)], "https://router.example", NOW);
    expect(text).toContain("\n2 firms: 1 connected, 1 reconnect needed.\n");
    expect(text).toContain("opens https://router.example/connect.\n");
    expect(formatFirmsAsTable([overview(COPY)], "https://router.example", NOW)).toMatch(
      /\n1 firm: 1 connected\.\n$/,
    );
  });

  test("the last call", () => {
    const ago = (milliseconds: number) => cellsOf(overview(COPY, { lastCallAt: NOW - milliseconds }))[6];
    expect(cellsOf(overview(COPY))[6]).toBe("never");
    expect([-5000, 59_999, 60_000, HOUR - 1, HOUR, 48 * HOUR - 1, 48 * HOUR].map(ago)).toEqual([
      "just now",
      "just now",
      "1 min ago",
      "59 min ago",
      "1 h ago",
      "47 h ago",
      "2 days ago",
    ]);
  });

  test("columns stand below each other, whatever the names are made of", () => {
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

  test("a firm's name does nothing to the terminal, in the table nor in JSON", () => {
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
  test("prints a link that admits one firm beside a running service, and keeps its hash alone", async () => {
    const sandbox = await sandboxForTest({ firms: [exampleFirm(), quillAndPartners()] });
    const service = await serviceForTest(sandbox.url, { env: { SETUP_TOKEN: "" } });
    const [userId] = sandbox.firms[0]?.users.map(({ id }) => id) ?? [];
    const first = await firms(envOf(service), "admit");
    expect(first).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^http:\/\/127\.0\.0\.1:3000\/connect\?setup=[\w-]{43}\n$/),
      err: expect.stringMatching(/^Good for one firm, once, until \w+ \d+, 20\d\d, .* UTC: /),
    });
    const setup = new URL(first.out.trim()).searchParams.get("setup") ?? "";
    expect(JSON.stringify(look(service, "select * from invitations"))).not.toContain(setup);

    expect((await connectUser(service, { userId: userId ?? 0, setup })).page.status).toBe(200);
    expect((await connectUser(service, { userId: 10_350, setup })).page.status).toBe(403);
    const { out } = await firms(envOf(service), "admit");
    const second = new URL(out.trim()).searchParams.get("setup") ?? "";
    expect((await connectUser(service, { userId: 10_350, setup: second })).page.status).toBe(200);
    expect(service.logLines.join("")).not.toContain(setup);
  });
});

describe("npm run firms -- remove", () => {
  test("leaves nothing of the firm, here or in Clio, and everything of the others", async () => {
    const { sandbox, service, id, users, key, quillKey, ask, env } = await twoFirms();
    const mirrors = look(service, `select id from mirrors where firm_id = '${id}'`).map((row) => row.id);
    const before = rowsNaming(service, id, mirrors);
    for (const table of ["firms", "connections", "bearer_keys", "mirrors", "mirror_records", "mirror_terms"])
      expect(
        before.some((row) => row.startsWith(`${table}: `)),
        table,
      ).toBe(true);
    const others = () =>
      ["bearer_keys", "mirror_records", "connections"].map(
        (table) => look(service, `select * from ${table}`).filter((row) => !rowIsOf(row)).length,
      );
    const rowIsOf = (row: Record<string, unknown>) =>
      row.firm_id === id || mirrors.includes(row.mirror_id as never);
    const othersBefore = others();
    expect(othersBefore.every((rows) => rows > 0)).toBe(true);

    const { code, out, err } = await firms(env, "remove", id, "--yes");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(
      new RegExp(
        `^Hollis & Vance LLP \\(${id}\\) is removed: 2 users, 1 key, \\d+ records of its Clio\\. Nothing of it is left here\\.\\n$`,
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

  test("waits for whoever is reading the firm, and takes along what they have begun meanwhile", async () => {
    const { service, id, env } = await twoFirms();
    await service.close();
    const store = await openStore(
      { kind: "sqlite", path: service.databaseFile },
      createSealer([new Uint8Array(32)]),
    );
    onTestFinished(() => store.close());
    let tries = 0;
    const take: typeof store.leases.take = async (...lease) => {
      tries += 1;
      if (tries > 1) return store.leases.take(...lease);
      await store.mirrors.create(id, 350, "a form");
      return false;
    };
    await deleteFirm({ ...store, leases: { ...store.leases, take } }, id);
    expect(tries).toBe(2);
    expect(rowsNaming(service, id, [])).toEqual([]);
    expect((await firms(env)).out).toContain("1 firm: 1 connected.");
  });

  test("while Clio is down the firm stays, with what stands in the way; --without-clio removes it", async () => {
    const { sandbox, service, id, key, ask, env, users } = await twoFirms();
    sandbox.fault({ path: "/", kind: "status", status: 500, times: ALWAYS });
    const refused = await firms(env, "remove", id, "--yes");
    expect(refused).toMatchObject({ code: 1, out: "" });
    expect(refused.err).toContain(
      `Hollis & Vance LLP (${id}) is not removed, because Clio could not be told for 2 users:`,
    );
    expect(refused.err).toContain(`  user ${users[0]}: Clio responded with status 500.\n`);
    expect(refused.err).toContain(`\n  npm run firms -- remove ${id} --without-clio\n`);
    expect((await ask(key)).status).toBe(200);

    const asked = sandbox.requests.length;
    await service.close();
    const { code, out, err } = await firms(env, "remove", id, "--without-clio", "--yes");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toContain("Now there stays in Clio, for 2 users: the app among those that have access");
    expect(sandbox.requests).toHaveLength(asked);
    expect(rowsNaming(service, id, [])).toEqual([]);
  });

  test("whoever was disconnected before Clio failed is not asked for again", async () => {
    const { sandbox, id, env } = await twoFirms();
    sandbox.fault({ path: "/oauth/deauthorize", kind: "status", status: 500 });
    expect((await firms(env, "remove", id, "--yes")).err).toContain("could not be told for 1 user:");
    expect(await firms(env, "remove", id, "--yes")).toMatchObject({
      code: 0,
      out: expect.stringContaining("is removed: 1 user, "),
    });
  });

  test("a user whose key is gone cannot be taken out of Clio, and that is said", async () => {
    const { id, env } = await twoFirms();
    const other = { ...env, SECRET_KEY: Buffer.alloc(32, 7).toString("base64") };
    expect((await firms(other, "remove", id, "--yes")).err).toContain(
      "a key that is no longer in SECRET_KEY",
    );
    expect(await firms(other, "remove", id, "--yes", "--without-clio")).toMatchObject({ code: 0 });
  });

  test("without a terminal and without --yes nothing happens", async () => {
    const { id, env, ask, key } = await twoFirms();
    expect(await firms(env, "remove", id)).toEqual({
      code: 2,
      out: "",
      err: `Nothing was removed: there is no terminal to confirm it at. A script says so beforehand: npm run firms -- remove ${id} --yes\n`,
    });
    expect((await ask(key)).status).toBe(200);
  });

  test("an id that no firm has is answered with those there are", async () => {
    const { id, env } = await twoFirms();
    expect(await firms(env, "remove", "us-1", "--yes")).toEqual({
      code: 2,
      out: "",
      err: `No firm "us-1" is admitted. There are: ${id}, us-88002.\n`,
    });
  });

  test("at a terminal the firm's id has to be typed", async () => {
    const terminal = () => {
      const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => {} });
      const output = Object.assign(new PassThrough(), { isTTY: true });
      return { input, output, shown: () => String(output.read() ?? "") };
    };
    const right = terminal();
    right.input.write("us-1\r");
    await confirmRemoval("us-1", "This removes a firm.", right);
    expect(right.shown()).toMatch(/^This removes a firm\.\n[\s\S]*Type us-1 to confirm: /);

    for (const typed of ["us-2\r", "yes\r", "\r"]) {
      const wrong = terminal();
      wrong.input.write(typed);
      const confirming = confirmRemoval("us-1", "", wrong);
      await expect(confirming).rejects.toThrow("That is not us-1. Nothing was removed.");
      await expect(confirming).rejects.toMatchObject({ exitCode: 1 });
    }
    const interrupted = terminal();
    interrupted.input.write("us-\u0003");
    await expect(confirmRemoval("us-1", "", interrupted)).rejects.toThrow(CommandError);
    await expect(confirmRemoval("us-1", "", { ...right, input: new PassThrough() })).rejects.toMatchObject({
      exitCode: 2,
    });
  });
});
