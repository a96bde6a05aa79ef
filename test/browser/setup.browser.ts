import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { exampleCases as cases } from "../../sandbox/firms/example-firm.ts";
import { browserFor } from "./support/browser.ts";
import { largeFirm } from "./support/large-firm.ts";
import {
  admitFirm,
  clickAction,
  clipboard,
  connect,
  FELIX,
  heading,
  MARGARET,
  signInToClio,
} from "./support/person.ts";
import { type Site, siteForTest } from "./support/site.ts";

async function statusFor(site: Site, key: string): Promise<number> {
  const headers = { authorization: `Bearer ${key}` };
  return (await fetch(`${site.service.url}/lookup-contact?phone=%2B14155550171`, { headers })).status;
}

async function makeKey(page: Page, name: string): Promise<string> {
  await page.getByLabel("Name of a new key").fill(name);
  await page.getByRole("button", { name: "Make a key" }).click();
  await heading(page, `Your new key “${name}”`).waitFor();
  return (await page.locator("#bearer-key").textContent()) ?? "";
}

async function revokeKey(page: Page, name: string): Promise<void> {
  const row = page
    .getByRole("region", { name: "Keys for Upfirst" })
    .getByRole("listitem")
    .filter({
      has: page.getByText(name, { exact: true }),
    });
  await row.locator("summary").click();
  await row.getByRole("button", { name: `Revoke “${name}”` }).click();
  await page.waitForURL("**/setup#keys");
}

async function tryCaller(page: Page, number: string): Promise<void> {
  await page.getByLabel("Number", { exact: true }).fill(number);
  const answered = page.waitForEvent("load");
  await page.getByRole("button", { name: "Try", exact: true }).click();
  await answered;
}

for (const javaScriptEnabled of [true, false]) {
  describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test("a key is made, another revoked: the one is good at once and the other for nothing", async () => {
      const site = await siteForTest();
      const page = await admitFirm(site, await browserFor(site, { javaScriptEnabled }));
      const first = (await page.locator("#bearer-key").textContent()) ?? "";
      const second = await makeKey(page, "Second <key>");
      expect(second).not.toBe(first);
      expect([await statusFor(site, first), await statusFor(site, second)]).toEqual([200, 200]);
      if (javaScriptEnabled) {
        await page.getByRole("button", { name: "Copy the key" }).click();
        await expect.poll(() => clipboard(page)).toBe(second);
      }

      await revokeKey(page, "Upfirst");
      expect([await statusFor(site, first), await statusFor(site, second)]).toEqual([401, 200]);
      const keys = page.getByRole("region", { name: "Keys for Upfirst" }).getByRole("listitem");
      expect(await keys.count()).toBe(1);
      expect(await keys.textContent()).toContain("Second <key>");
    });

    test("another user is chosen", async () => {
      const site = await siteForTest();
      const page = await admitFirm(site, await browserFor(site, { javaScriptEnabled }));
      await connect(site, await browserFor(site, { javaScriptEnabled }), MARGARET);
      await page.reload();
      const connected = page.getByRole("region", { name: "Connected to Clio" }).getByRole("listitem");
      const answering = connected.filter({ hasText: "Looks callers up" });
      expect(await answering.textContent()).toContain(FELIX);
      await page.getByRole("button", { name: `Choose for lookups (${MARGARET})` }).click();
      await page.waitForURL("**/setup#connections");
      expect(await answering.textContent()).toContain(MARGARET);
      expect(await page.getByRole("definition").first().textContent()).toBe(MARGARET);
    });

    test("a caller is tried, and the receptionist's own answer is shown", async () => {
      const site = await siteForTest();
      const page = await admitFirm(site, await browserFor(site, { javaScriptEnabled }));
      await tryCaller(page, cases.janeDoe.typed);
      const answer = JSON.parse((await page.locator("pre").textContent()) ?? "");
      expect(answer).toMatchObject({ found: true, matched_on: "phone", transfer_to: FELIX });
      expect(await page.locator("blockquote").textContent()).toContain(`transfer to ${FELIX}`);
      await tryCaller(page, cases.stranger.phone);
      expect(JSON.parse((await page.locator("pre").textContent()) ?? "")).toMatchObject({ found: false });
    });

    test("the page for a record is readable", async () => {
      const site = await siteForTest();
      const context = await browserFor(site, { javaScriptEnabled });
      await admitFirm(site, context);
      const clio = await context.newPage();
      await signInToClio(site, clio, FELIX);
      const page = await clickAction(clio, "Matters");
      expect(await page.getByText("(628) 555-0160").isVisible()).toBe(true);
      const buttons = page.locator("button.copy");
      expect(await buttons.count()).toBe(5);
      expect(await buttons.first().isVisible()).toBe(javaScriptEnabled);
    });

    test("transfer rules: the coverage, people with problems first, and each rule under its name", async () => {
      const site = await siteForTest();
      const page = await admitFirm(site, await browserFor(site, { javaScriptEnabled }));
      await page.getByRole("navigation").getByRole("link", { name: "Transfer rules" }).click();
      const current = page.getByRole("navigation").locator("[aria-current=page]");
      expect(await current.textContent()).toBe("Transfer rules");
      expect(await page.locator(".coverage").textContent()).toMatch(
        /^\d+ of \d+ open matters reach somebody;/,
      );
      expect(await page.getByRole("heading", { level: 2 }).allTextContents()).toEqual([
        expect.stringMatching(/^Matters that reach nobody/),
        expect.stringMatching(/^Needs attention/),
        expect.stringMatching(/^Ready to copy/),
      ]);
      const mend = page.getByRole("region", { name: "Needs attention" });
      const bea = mend.locator("summary").filter({ hasText: "Bea Whitlock" });
      expect(await bea.textContent()).toContain("No number");
      const felix = page.getByRole("group").filter({ has: page.getByRole("heading", { name: FELIX }) });
      expect(await felix.getByText("When to transfer").isVisible()).toBe(false);
      await felix.locator("summary").click();
      expect(await felix.getByText(`their responsible staff is ${FELIX}.`).isVisible()).toBe(true);
    });
  });
}

test("the transfer rules are downloaded as a spreadsheet", async () => {
  const site = await siteForTest();
  const page = await admitFirm(site, await browserFor(site));
  await page.goto(`${site.service.url}/transfer-rules`);
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download as a spreadsheet" }).click();
  const file = await download;
  expect(file.suggestedFilename()).toBe("transfer-rules.csv");
  const text = await readFile(await file.path(), "utf8");
  expect(text).toContain("Felix Dubinsky");
  expect(text.replace(/^\uFEFF/, "").split(",")[0]).toBe("name");
});

test("times are shown in the reader's own time zone, and in UTC without JavaScript", async () => {
  const site = await siteForTest();
  const context = await browserFor(site, { timezoneId: "America/Los_Angeles" });
  const page = await admitFirm(site, context);
  const shown = page.locator("time").first();
  const at = new Date((await shown.getAttribute("datetime")) ?? "");
  expect(await shown.textContent()).toBe(
    at.toLocaleString("en", { dateStyle: "medium", timeStyle: "short", timeZone: "America/Los_Angeles" }),
  );
  const plain = await browserFor(site, { javaScriptEnabled: false });
  expect(await (await connect(site, plain, MARGARET)).locator("time").first().textContent()).toMatch(/ UTC$/);
});

test("while a large firm is read, the page looks again by itself until the rules are there", async () => {
  const site = await siteForTest({ firms: [largeFirm()] });
  const page = await admitFirm(site, await browserFor(site));
  site.sandbox.fault({ path: /page_token/, kind: "latency", ms: 4_000 });
  await page.clock.install();
  await page.goto(`${site.service.url}/transfer-rules`);
  expect(await page.getByText("200 of 450 matters read").isVisible()).toBe(true);
  const loaded = page.waitForEvent("load");
  await page.clock.runFor(5_000);
  await loaded;
  expect(await page.locator(".coverage").textContent()).toBe("All 450 open matters reach somebody.");
});

test("without JavaScript the browser itself looks again", async () => {
  const site = await siteForTest({ firms: [largeFirm()] });
  const page = await admitFirm(site, await browserFor(site, { javaScriptEnabled: false }));
  site.sandbox.fault({ path: /page_token/, kind: "latency", ms: 60_000 });
  await page.goto(`${site.service.url}/transfer-rules`);
  expect(await page.locator("meta[http-equiv=refresh]").getAttribute("content")).toBe("5");
});

/** A site whose firm is being read for the first time and cannot get any further, and the page without the first key. */
async function beingRead() {
  const site = await siteForTest({ firms: [largeFirm()], directory: "mirror" });
  site.sandbox.fault({ path: /matters.*page_token/, kind: "hang", times: Number.POSITIVE_INFINITY });
  return admitFirm(site, await browserFor(site));
}

test("while everything is read, the page looks again by itself, but never while it shows the first key", async () => {
  const page = await beingRead();
  expect(await page.locator("#bearer-key").count()).toBe(1);
  expect(await page.locator("[data-look-again-in]").count()).toBe(0);
  await page.clock.install();
  await page.goto(page.url());
  const loaded = page.waitForEvent("load");
  await page.clock.runFor(5_000);
  await loaded;
  expect(await page.getByRole("region", { name: "Contacts and matters" }).textContent()).toContain("read");
});

test("the page is not loaded again under somebody who is in the middle of something", async () => {
  const page = await beingRead();
  await page.clock.install();
  await page.goto(page.url());
  let loads = 0;
  page.on("load", () => (loads += 1));
  const number = page.getByLabel("Number", { exact: true });
  await number.fill("(415) 555");
  await page.clock.runFor(60_000);
  await page.getByRole("heading", { level: 1 }).click();
  await page.clock.runFor(60_000);
  expect(await number.inputValue()).toBe("(415) 555");
  await number.fill("");
  await page.getByRole("button", { name: "Make a key" }).focus();
  await page.clock.runFor(60_000);
  expect(loads).toBe(0);

  const loaded = page.waitForEvent("load");
  await page.getByRole("heading", { level: 1 }).click();
  await page.clock.runFor(5_000);
  await loaded;
});

test("without JavaScript a link looks again, and everything is read again by a button", async () => {
  const site = await siteForTest({ firms: [largeFirm()], directory: "mirror" });
  site.sandbox.fault({ path: /matters.*page_token/, kind: "latency", ms: 2_000 });
  const page = await admitFirm(site, await browserFor(site, { javaScriptEnabled: false }));
  expect(await page.locator("meta[http-equiv=refresh]").count()).toBe(0);
  const again = page.getByRole("link", { name: "Look again now" });
  await again.click();
  const left = async () => {
    if ((await again.count()) > 0) await again.click();
    return again.count();
  };
  await expect.poll(left, { timeout: 10_000 }).toBe(0);
  expect(await page.locator("#directory").textContent()).toContain("1 contact, 450 matters");

  const requests = () => site.sandbox.counts.get("/api/v4/matters") ?? 0;
  const before = requests();
  await page.getByRole("button", { name: "Read everything again" }).click();
  await page.waitForURL("**/setup#directory");
  await expect.poll(requests, { timeout: 10_000 }).toBeGreaterThan(before + 2);
});

// The redirect to Clio's consent page would be a form's doing, and `form-action 'self'` keeps a browser from following it.
test("whoever sends a form and is no longer signed in gets a page that leads to signing in", async () => {
  const site = await siteForTest();
  const context = await browserFor(site);
  const page = await admitFirm(site, context);
  await context.clearCookies({ name: "session" });
  await page.getByRole("button", { name: "Make a key" }).click();
  await page.getByRole("heading", { name: "You're signed out" }).waitFor();
  await page.getByRole("link", { name: "Sign in" }).click();
  await page.waitForURL("**/oauth/authorize?**");
});
