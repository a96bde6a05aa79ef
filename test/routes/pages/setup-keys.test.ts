import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import {
  type Browser,
  connectUser,
  SETUP_TOKEN,
  sandboxForTest,
  serviceForTest,
} from "../../../testkit/service.ts";

const MINUTE_MS = 60_000;
const KEY = /ccr_[0-9a-f]{12}_[\w-]{43}/;
const [ADMITTER, OWNER] = [350, 351];

/** A firm that was just admitted, and the browser that shows its first key. */
async function admittedFirm() {
  const clock = { now: Date.now() };
  const now = () => clock.now;
  const sandbox = await sandboxForTest({ now });
  const service = await serviceForTest(sandbox.url, { now });
  const { browser, key } = await connectUser(service, { userId: ADMITTER, setup: SETUP_TOKEN });
  if (!key) throw new Error("no key is shown");
  const see = async (from: Browser = browser) => (await from.get("/setup")).text;
  const post = async (path: string, fields: Record<string, string> = {}, from: Browser = browser) => {
    const csrf = /name="csrf" value="([^"]+)"/.exec(await see(from))?.[1] ?? "";
    return from
      .post(path)
      .type("form")
      .send({ csrf, ...fields });
  };
  const isWorking = async () =>
    (await service.browser().get("/lookup-contact?phone=0171").set("Authorization", `Bearer ${key}`))
      .status !== 401;
  return { clock, service, browser, key, keyId: key.slice(4, 16), see, post, isWorking };
}

test("a new key is still there after leaving the page, in the form for Upfirst too, for ten minutes", async () => {
  const { browser, key, see, clock, isWorking } = await admittedFirm();
  expect((await browser.get("/transfer-rules")).text).not.toMatch(KEY);
  clock.now += 10 * MINUTE_MS - 1000;
  const page = await see();
  expect(page).toContain(`data-copy="${key}"`);
  expect(/<dt>Bearer token<\/dt>.*?<\/dd>/s.exec(page)?.[0]).toContain(`data-copy="${key}"`);
  clock.now += 1000;
  expect(await see()).not.toMatch(KEY);
  expect(await isWorking()).toBe(true);
});

test("a new key is hidden once it is saved, and stays valid", async () => {
  const { post, see, keyId, isWorking } = await admittedFirm();
  const answer = await post("/setup/keys/saved", { key_id: keyId });
  expect([answer.status, answer.headers.location]).toEqual([303, "/setup"]);
  const page = await see();
  expect(page).not.toMatch(KEY);
  expect(page).toContain(`ccr_${keyId}_…`);
  expect(await isWorking()).toBe(true);
});

test("several new keys are shown, the newest first", async () => {
  const { post, see, key, clock } = await admittedFirm();
  clock.now += 1;
  const second = KEY.exec((await post("/setup/keys", { name: "Second" })).text)?.[0];
  expect(second).not.toBe(key);
  const shown = [...(await see()).matchAll(/<p class="secret"><code[^>]*>(ccr_\w{12}_[\w-]{43})/g)];
  expect(shown.map(([, text]) => text)).toEqual([second, key]);
});

test("a new key is shown in no other session, not even of the same user", async () => {
  const { service, see } = await admittedFirm();
  for (const userId of [ADMITTER, OWNER]) {
    const other = await connectUser(service, { userId });
    expect(other.page.text).toContain("Keys for Upfirst");
    expect(await see(other.browser)).not.toMatch(KEY);
  }
});

test.each(["/setup/sign-out", "/setup/sign-out-everywhere"])("a new key is deleted by %s", async (path) => {
  const { post, service } = await admittedFirm();
  const rows = () => {
    const db = new DatabaseSync(service.databaseFile, { readOnly: true });
    const count = db.prepare("select count(*) as rows from key_reveals").get()?.rows;
    db.close();
    return count;
  };
  expect(rows()).toBe(1);
  await post(path);
  expect(rows()).toBe(0);
});

test("a new key isn't shown to a user who is no longer an administrator, even once they are one again", async () => {
  const { post, see, service } = await admittedFirm();
  const owner = await connectUser(service, { userId: OWNER });
  await post("/setup/administrators/remove", { user_id: String(ADMITTER) }, owner.browser);
  expect(await see()).not.toMatch(KEY);
  await post("/setup/administrators", { user_id: String(ADMITTER) }, owner.browser);
  expect(await see()).not.toMatch(KEY);
});

test("a new key is in no address, redirect or log line", async () => {
  const { post, keyId, key, service } = await admittedFirm();
  const created = await post("/setup/keys", { name: "Second" });
  const saved = await post("/setup/keys/saved", { key_id: keyId });
  const second = KEY.exec(created.text)?.[0] ?? "";
  for (const secret of [key.slice(17), second.slice(17)]) {
    expect(JSON.stringify([created.headers, saved.headers])).not.toContain(secret);
    expect(service.logLines.join("")).not.toContain(secret);
  }
});

test("each key is shown with its prefix, name, creation and last use", async () => {
  const { see, keyId, isWorking } = await admittedFirm();
  const row = async () => /<ul class="rows">.*?<\/ul>/s.exec(await see())?.[0] ?? "";
  expect(await row()).toContain(`<strong>Upfirst</strong> <code class="small">ccr_${keyId}_…</code>`);
  expect(await row()).toMatch(/Created <time .*Never used/);
  await isWorking();
  expect(await row()).toMatch(/Last used <time /);
});

test("revoking the key that was used last keeps the time of Upfirst's last request", async () => {
  const { see, post, keyId, isWorking } = await admittedFirm();
  const lastRequest = async () =>
    /<dt>Last request from Upfirst<\/dt><dd>(.*?)<span/s.exec(await see())?.[1] ?? "";
  expect(await lastRequest()).toContain("None yet");
  await isWorking();
  const before = /datetime="[^"]+"/.exec(await lastRequest())?.[0];
  expect(before).toBeDefined();
  await post("/setup/keys/revoke", { key_id: keyId });
  expect(await lastRequest()).toContain("No key.");
  expect(await lastRequest()).toContain(before);
});
