import { DatabaseSync } from "node:sqlite";
import { describe, expect, onTestFinished, test } from "vitest";
import { exampleFirm } from "../../../sandbox/firms/example-firm.ts";
import { quillAndPartners } from "../../../testkit/quill-and-partners.ts";
import {
  type Browser,
  connectUser,
  consent,
  folderForTest,
  type RunningService,
  SETUP_TOKEN,
  sandboxForTest,
  serviceForTest,
} from "../../../testkit/service.ts";

const [FELIX, MARGARET, DESMOND] = [350, 351, 352];
const DAY_MS = 24 * 60 * 60_000;

/** A service whose clock the test controls, and a firm that Felix Dubinsky has admitted. */
async function admittedFirm(options: { env?: Record<string, string> } = {}) {
  const clock = { now: Date.parse("2026-05-31T15:00:00Z") };
  const now = () => clock.now;
  const sandbox = await sandboxForTest({ firms: [exampleFirm(), quillAndPartners()], now });
  const folder = await folderForTest();
  const start = (env: Record<string, string> = {}) =>
    serviceForTest(sandbox.url, { folder, now, env: { ...options.env, ...env } });
  const service = await start();
  const { browser, key } = await connectUser(service, { userId: FELIX, setup: SETUP_TOKEN });
  const post = poster(browser);
  /** Does something a minute later, so that it gets a separate entry. */
  const later = <T>(work: () => Promise<T>) => {
    clock.now += 60_000;
    return work();
  };
  return { clock, sandbox, service, start, browser, key: key ?? "", post, later };
}

function poster(browser: Browser) {
  return async (path: string, fields: Record<string, string | number> = {}) => {
    const { text } = await browser.get("/setup");
    const csrf = /name="csrf" value="([^"]+)"/.exec(text)?.[1] ?? "";
    return browser
      .post(path)
      .type("form")
      .send({ csrf, ...fields });
  };
}

/** The entries on the page, as `text | time · origin`. */
async function historyOf(browser: Browser, path = "/setup"): Promise<string[]> {
  const { text } = await browser.get(path);
  const section = /<section id="history".*?<\/section>/s.exec(text)?.[0] ?? "";
  return [...section.matchAll(/<li>\s*<div>(.*?)<\/div>\s*<\/li>/gs)].map(([, entry = ""]) =>
    entry
      .replace('<p class="small">', " | ")
      .replaceAll(/<[^>]*>/g, "")
      .replaceAll(/\s+/g, " ")
      .replaceAll("&#39;", "'")
      .trim(),
  );
}

/** The texts alone. */
const textsOf = async (browser: Browser, path?: string) =>
  (await historyOf(browser, path)).map((entry) => entry.split(" | ")[0]);

const auditLines = ({ logLines }: RunningService) =>
  logLines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === "audit");

describe("the history on /setup", () => {
  test("shows who did what, when and from where, newest first", async () => {
    const { service, browser, key, post, later } = await admittedFirm();
    await later(() => post("/setup/keys", { name: "Night <line>" }));
    await later(() => post("/setup/keys/revoke", { key_id: key.split("_")[1] ?? "" }));
    const colleague = await later(() => connectUser(service, { userId: DESMOND }));
    await later(() => post("/setup/answering", { user_id: DESMOND }));
    await later(() => post("/setup/administrators", { user_id: DESMOND }));
    await later(() => post("/setup/administrators/remove", { user_id: DESMOND }));
    await later(() => post("/setup/read-again"));
    await later(() => poster(colleague.browser)("/setup/sign-out-everywhere"));
    const again = await later(() => connectUser(service, { userId: DESMOND }));
    await later(() => poster(again.browser)("/setup/disconnect"));
    await later(() => connectUser(service, { userId: MARGARET }));
    await later(() => connectUser(service, { userId: FELIX }));
    const texts = await textsOf(browser);
    expect(texts.slice(0, 12)).toEqual([
      "Felix Dubinsky signed in",
      "Margaret Hollis connected",
      "Desmond Vance disconnected",
      "Desmond Vance signed in",
      "Desmond Vance signed out everywhere",
      "Felix Dubinsky started a full sync",
      "Felix Dubinsky removed Desmond Vance as an administrator",
      "Felix Dubinsky made Desmond Vance an administrator",
      "Felix Dubinsky made Desmond Vance the lookup account",
      "Desmond Vance connected",
      "Felix Dubinsky revoked the key “Upfirst”",
      "Felix Dubinsky created the key “Night &lt;line&gt;”",
    ]);
    // These three happened at the same moment.
    expect(texts.slice(12).toSorted()).toEqual([
      "Felix Dubinsky became an administrator by connecting the firm",
      "Felix Dubinsky connected",
      "Felix Dubinsky created the key “Upfirst”",
    ]);
    expect((await historyOf(browser))[1]).toMatch(
      /^Margaret Hollis connected \| May 31, 2026, 3:11 PM UTC · (::ffff:)?127\.0\.0\.1$/,
    );
  });

  test("shows once that access was revoked in Clio", async () => {
    const { service, sandbox, browser } = await admittedFirm();
    const { browser: theirs } = await connectUser(service, { userId: DESMOND });
    sandbox.revoke(DESMOND);
    for (let times = 0; times < 2; times++)
      expect((await theirs.get("/setup")).headers.location).toMatch(/^\/connect/);
    expect((await textsOf(browser)).filter((text) => text?.includes("revoked in Clio"))).toEqual([
      "Desmond Vance lost access: it was revoked in Clio",
    ]);
  });

  test("shows the client's address as the trusted proxy reports it", async () => {
    const { service, browser } = await admittedFirm();
    const other = service.browser();
    const callback = await consent(other, { userId: DESMOND });
    await other.get(callback).set("X-Forwarded-For", "203.0.113.7");
    expect((await historyOf(browser)).join("\n")).toMatch(/Desmond Vance connected \| .* · 203\.0\.113\.7$/m);
  });

  test("has pages of 20 entries", async () => {
    const { browser, post, later } = await admittedFirm();
    for (let number = 1; number <= 40; number++)
      await later(() => post("/setup/keys", { name: `Key ${number}` }));
    const pages: (string | undefined)[][] = [];
    for (let path: string | undefined = "/setup"; path; ) {
      pages.push(await textsOf(browser, path));
      const { text } = await browser.get(path);
      path = /href="(\/setup\?before=[^"#]+)/.exec(text)?.[1];
    }
    expect(pages.map(({ length }) => length)).toEqual([20, 20, 3]);
    expect(new Set(pages.flat()).size).toBe(43);
    expect(pages[0]?.[0]).toBe("Felix Dubinsky created the key “Key 40”");
    expect(pages[1]?.[0]).toBe("Felix Dubinsky created the key “Key 20”");
    for (const before of ["x", "1-2", "1", "-1-0000000000000000", "1-0000000000000000' or 1=1"])
      expect((await browser.get("/setup").query({ before })).status, before).toBe(400);
    expect((await browser.get("/setup?before=1-0000000000000000&before=x")).status).toBe(400);
  });

  test("shows current names, and keeps the names of disconnected users", async () => {
    const { service, sandbox, browser } = await admittedFirm();
    const { browser: theirs } = await connectUser(service, { userId: DESMOND });
    await poster(theirs)("/setup/disconnect");
    const felix = sandbox.firms[0]?.users.find(({ id }) => id === FELIX);
    if (felix) felix.name = "Felix D. Dubinsky";
    await connectUser(service, { userId: FELIX });
    const texts = await textsOf(browser);
    expect(texts).toContain("Felix D. Dubinsky connected");
    expect(texts).toContain("Desmond Vance disconnected");
  });

  test("shows only the firm's own entries", async () => {
    const { service, browser } = await admittedFirm();
    const quill = await connectUser(service, { userId: 10_350, setup: SETUP_TOKEN });
    expect((await textsOf(quill.browser)).every((text) => text?.startsWith("Q. Quill "))).toBe(true);
    expect((await textsOf(browser)).some((text) => text?.includes("Quill"))).toBe(false);
  });

  test("is kept for AUDIT_DAYS: hidden at once, and deleted from the database", async () => {
    const { clock, service, start } = await admittedFirm({ env: { AUDIT_DAYS: "30" } });
    clock.now += 10 * DAY_MS;
    // The session has expired by then, so the user signs in again.
    const { browser: again } = await connectUser(service, { userId: FELIX });
    expect(await textsOf(again)).toHaveLength(4);
    clock.now += 20 * DAY_MS + 1;
    const { browser: last } = await connectUser(service, { userId: FELIX });
    expect(await textsOf(last)).toEqual(["Felix Dubinsky signed in", "Felix Dubinsky signed in"]);
    const stored = () => {
      const db = new DatabaseSync(service.databaseFile, { readOnly: true });
      const [row] = db.prepare("select count(*) as entries from audit_events").all();
      db.close();
      return row?.entries;
    };
    expect(stored()).toBe(5);
    await service.close();
    const restarted = await start();
    await restarted.close();
    expect(stored()).toBe(2);
  });
});

describe("the log", () => {
  test("has a line for each entry, with user IDs and nothing more", async () => {
    const { service, post } = await admittedFirm();
    await connectUser(service, { userId: DESMOND });
    await post("/setup/administrators", { user_id: DESMOND });
    await post("/setup/keys", { name: "Night line" });
    const lines = auditLines(service);
    expect(lines).toHaveLength(6);
    const common = { level: 30, time: expect.any(Number), firm: "us-77001", msg: "audit" };
    expect(lines.slice(3)).toEqual([
      { ...common, kind: "connected", user: DESMOND },
      { ...common, kind: "administrator_added", user: FELIX, subject: DESMOND },
      { ...common, kind: "key_created", user: FELIX },
    ]);
    for (const secret of ["Felix", "Desmond", "hollisvance", "Night line", "127.0.0.1"])
      expect(JSON.stringify(lines)).not.toContain(secret);
  });

  test("has an error for an entry that can't be stored, and the change remains", async () => {
    const { service, post, browser } = await admittedFirm();
    const db = new DatabaseSync(service.databaseFile);
    onTestFinished(() => db.close());
    db.exec("create trigger broken before insert on audit_events begin select raise(abort, 'broken'); end");
    const created = await post("/setup/keys", { name: "Night line" });
    expect(created.status).toBe(200);
    expect(created.text).toMatch(/ccr_[0-9a-f]{12}_/);
    expect((await browser.get("/setup")).text).toContain("Night line");
    const errors = service.logLines.map((line) => JSON.parse(line)).filter(({ level }) => level === 50);
    expect(errors).toMatchObject([
      { msg: "audit entry not stored", kind: "key_created", firm: "us-77001", user: FELIX, fault: {} },
    ]);
    expect(auditLines(service).at(-1)).toMatchObject({ kind: "key_created", user: FELIX });
  });
});
