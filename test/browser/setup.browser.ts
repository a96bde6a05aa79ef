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

/** Opens a folded part of the page. */
async function unfold(page: Page, name: string): Promise<void> {
  await heading(page, name).click();
}

async function createKey(page: Page, name: string): Promise<string> {
  await unfold(page, "Create a key for Upfirst");
  await page.getByLabel("Name of the new key").fill(name);
  await page.getByRole("button", { name: "Create key" }).click();
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
  await page.getByLabel("Phone number", { exact: true }).fill(number);
  const answered = page.waitForEvent("load");
  await page.getByRole("button", { name: "Try", exact: true }).click();
  await answered;
}

for (const javaScriptEnabled of [true, false]) {
  describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test("a new key works at once, and a revoked one no longer works", async () => {
      const site = await siteForTest();
      const page = await admitFirm(site, await browserFor(site, { javaScriptEnabled }));
      const first = (await page.locator("#bearer-key").textContent()) ?? "";
      const second = await createKey(page, "Second <key>");
      expect(second).not.toBe(first);
      expect([await statusFor(site, first), await statusFor(site, second)]).toEqual([200, 200]);
      if (javaScriptEnabled) {
        await page.getByRole("button", { name: "Copy key" }).first().click();
        await expect.poll(() => clipboard(page)).toBe(second);
      }

      await revokeKey(page, "Upfirst");
      expect([await statusFor(site, first), await statusFor(site, second)]).toEqual([401, 200]);
      const keys = page.getByRole("region", { name: "Keys for Upfirst" }).getByRole("listitem");
      expect(await keys.count()).toBe(1);
      expect(await keys.textContent()).toContain("Second <key>");
    });

    test("another user can become the lookup account", async () => {
      const site = await siteForTest();
      const page = await admitFirm(site, await browserFor(site, { javaScriptEnabled }));
      await connect(site, await browserFor(site, { javaScriptEnabled }), MARGARET);
      await page.reload();
      await unfold(page, "Connected users");
      const connected = page.getByRole("region", { name: "Connected users" }).getByRole("listitem");
      const lookupAccount = connected.filter({ hasText: "Lookup account" });
      expect(await lookupAccount.textContent()).toContain(FELIX);
      const choose = page.getByRole("button", { name: `Use for lookups… (${MARGARET})` });
      await choose.click();
      await heading(page, `Look up callers through ${MARGARET}?`).waitFor();
      expect(await page.getByText("As many as today").count()).toBe(2);
      await page.getByRole("link", { name: "Cancel" }).click();
      await page.waitForURL("**/setup#connections");
      expect(await lookupAccount.textContent()).toContain(FELIX);
      await choose.click();
      await page.getByRole("button", { name: `Use ${MARGARET} for lookups` }).click();
      await page.waitForURL("**/setup#connections");
      expect(await lookupAccount.textContent()).toContain(MARGARET);
    });

    test("trying a caller shows the receptionist's response", async () => {
      const site = await siteForTest();
      const page = await admitFirm(site, await browserFor(site, { javaScriptEnabled }));
      await tryCaller(page, cases.janeDoe.typed);
      const answer = JSON.parse((await page.locator("#try pre").textContent()) ?? "");
      expect(answer).toMatchObject({ found: true, matched_on: "phone", transfer_to: FELIX });
      expect(await page.locator("blockquote").textContent()).toContain(`transfer to ${FELIX}`);
      await tryCaller(page, cases.stranger.phone);
      expect(JSON.parse((await page.locator("#try pre").textContent()) ?? "")).toMatchObject({
        found: false,
      });
    });

    test("the page for a record shows the rule, with copy buttons if there is JavaScript", async () => {
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

    test("the transfer rules show the coverage, people who need attention first, and each rule under its name", async () => {
      const site = await siteForTest();
      const page = await admitFirm(site, await browserFor(site, { javaScriptEnabled }));
      await page.getByRole("navigation").getByRole("link", { name: "Transfer rules" }).click();
      const current = page.getByRole("navigation").locator("[aria-current=page]");
      expect(await current.textContent()).toBe("Transfer rules");
      expect(await page.locator(".coverage").textContent()).toMatch(
        /^\d+ of \d+ open or pending matters reach someone who can be dialed\./,
      );
      const headings = page.locator("h2, h3");
      expect(await headings.allTextContents()).toEqual([
        "Rules in Upfirst",
        expect.stringMatching(/^Needs attention/),
        expect.stringMatching(/^Ready to copy/),
        expect.stringMatching(/^Matters that reach no one/),
      ]);
      const attention = page.getByRole("region", { name: "Needs attention" });
      const bea = attention.locator("summary").filter({ hasText: "Bea Whitlock" });
      expect(await bea.textContent()).toContain("No phone number");
      const felix = page.getByRole("group").filter({ has: page.getByRole("heading", { name: FELIX }) });
      expect(await felix.getByText("When to transfer").isVisible()).toBe(false);
      await felix.locator("summary").click();
      expect(await felix.getByText(`their responsible staff is ${FELIX}.`).isVisible()).toBe(true);
    });

    test("rules are ticked off one person after the other", async () => {
      const site = await siteForTest();
      const page = await admitFirm(site, await browserFor(site, { javaScriptEnabled }));
      await page.goto(`${site.service.url}/transfer-rules`);
      const opened = () => page.locator("details[open] h4").allTextContents();
      expect(await opened()).toEqual([]);
      await page.getByRole("link", { name: "Next person:" }).click();
      const [first] = await opened();
      await page.getByRole("button", { name: `Added to Upfirst: ${first}` }).click();
      await page.getByText("1 of 14 added").waitFor();
      const [second, ...others] = await opened();
      expect([second === first, others]).toEqual([false, []]);
      // The page is where the next person is, not at its top.
      await expect.poll(() => page.evaluate("scrollY")).toBeGreaterThan(0);
      await page.getByRole("searchbox", { name: "Search by name or number" }).fill(first ?? "");
      await page.getByRole("search", { name: "Rules" }).getByRole("button", { name: "Search" }).click();
      await page
        .locator("summary")
        .filter({ hasText: first ?? "" })
        .click();
      await page.getByRole("button", { name: `Mark ${first} as not added` }).click();
      await page.getByText("0 of 14 added").waitFor();
    });
  });
}

test("the transfer rules can be downloaded as a spreadsheet", async () => {
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

test("the time of a request from Upfirst is told as “just now”, then in seconds, minutes and hours, then as a date", async () => {
  const site = await siteForTest();
  const page = await admitFirm(site, await browserFor(site));
  const key = (await page.locator("#bearer-key").textContent()) ?? "";
  expect(await statusFor(site, key)).toBe(200);
  const time = page.locator(".latest time");
  await time.waitFor();
  const at = Date.parse((await time.getAttribute("datetime")) ?? "");
  await page.clock.install();
  await page.reload();
  const SECOND = 1_000;
  const HOUR = 3_600 * SECOND;
  for (const [age, text] of [
    [0, "just now"],
    [4 * SECOND, "just now"],
    [5 * SECOND, "5 seconds ago"],
    [90 * SECOND, "1 minute ago"],
    [HOUR, "1 hour ago"],
    [23 * HOUR, "23 hours ago"],
    [24 * HOUR, new Date(at).toLocaleString("en", { dateStyle: "medium", timeStyle: "short" })],
  ] as const) {
    await page.clock.setFixedTime(at + age);
    // The text changes while the page is open.
    await page.clock.runFor(5 * SECOND);
    expect(await time.textContent(), `${age} ms`).toBe(text);
  }
});

test("while a large firm is loaded, the page refreshes itself until the rules are there", async () => {
  const site = await siteForTest({ firms: [largeFirm()] });
  const page = await admitFirm(site, await browserFor(site));
  site.sandbox.fault({ path: /page_token/, kind: "latency", ms: 4_000 });
  await page.clock.install();
  await page.goto(`${site.service.url}/transfer-rules`);
  expect(await page.getByText("200 of 450 matters loaded").isVisible()).toBe(true);
  const loaded = page.waitForEvent("load");
  await page.clock.runFor(5_000);
  await loaded;
  expect(await page.locator(".coverage").textContent()).toBe(
    "All 450 open or pending matters reach someone who can be dialed.",
  );
});

test("without JavaScript, the transfer rules are refreshed by a meta tag", async () => {
  const site = await siteForTest({ firms: [largeFirm()] });
  const page = await admitFirm(site, await browserFor(site, { javaScriptEnabled: false }));
  site.sandbox.fault({ path: /page_token/, kind: "latency", ms: 60_000 });
  await page.goto(`${site.service.url}/transfer-rules`);
  expect(await page.locator("meta[http-equiv=refresh]").getAttribute("content")).toBe("5");
});

test("the progress of a sync moves and its end appears without a reload, and nothing in use is replaced", async () => {
  const site = await siteForTest({ firms: [largeFirm()], directory: "mirror" });
  const page = await admitFirm(site, await browserFor(site));
  const directory = page.locator("#directory");
  await unfold(page, "Contacts and matters");
  await directory.getByText("1 contact, 450 matters").waitFor();
  const number = page.getByLabel("Phone number", { exact: true });
  await number.fill("(415) 555");

  site.sandbox.fault({ path: /matters.*page_token/, kind: "latency", ms: 8_000 });
  await directory.getByRole("button", { name: "Start full sync" }).click();
  await page.waitForURL("**/setup#directory");
  let loads = 0;
  page.on("load", () => (loads += 1));
  await directory.getByText("contacts and matters copied").waitFor();
  await directory.getByRole("progressbar").waitFor({ state: "detached" });
  expect(await directory.getByText("Last full sync ended").isVisible()).toBe(true);
  expect(await page.locator("#announcements").textContent()).toContain("Nothing is being copied.");
  expect(loads).toBe(0);
});

test("a part of the page that has the focus isn't replaced", async () => {
  const site = await siteForTest({ firms: [largeFirm()], directory: "mirror" });
  const page = await admitFirm(site, await browserFor(site));
  await unfold(page, "Contacts and matters");
  const start = page.getByRole("button", { name: "Start full sync" });
  await start.waitFor();
  await page.clock.install();
  await page.reload();
  await unfold(page, "Contacts and matters");
  await start.focus();
  const polled = () => page.waitForResponse("**/setup/live");
  for (let polls = 0; polls < 3; polls++) {
    const response = polled();
    await page.clock.runFor(20_000);
    await response;
  }
  expect(await start.evaluate((button) => button === button.ownerDocument.activeElement)).toBe(true);
});

test("without JavaScript, a link refreshes the page and a button starts a full sync", async () => {
  const site = await siteForTest({ firms: [largeFirm()], directory: "mirror" });
  site.sandbox.fault({ path: /matters.*page_token/, kind: "latency", ms: 2_000 });
  const page = await admitFirm(site, await browserFor(site, { javaScriptEnabled: false }));
  expect(await page.locator("meta[http-equiv=refresh]").count()).toBe(0);
  await unfold(page, "Contacts and matters");
  const refresh = page.locator("#directory").getByRole("link", { name: "Refresh" });
  const refreshLinks = async () => {
    if ((await refresh.count()) === 0) return 0;
    await refresh.click();
    await unfold(page, "Contacts and matters");
    return refresh.count();
  };
  await expect.poll(refreshLinks).toBe(0);
  expect(await page.locator("#directory").textContent()).toContain("1 contact, 450 matters");

  const requests = () => site.sandbox.counts.get("/api/v4/matters") ?? 0;
  const before = requests();
  await page.getByRole("button", { name: "Start full sync" }).click();
  await page.waitForURL("**/setup#directory");
  await expect.poll(requests).toBeGreaterThan(before + 2);
});

// A redirect to Clio's consent page wouldn't work: `form-action 'self'` keeps the browser from following it after a form.
test("a form sent after the session ended gets a page with a sign-in link", async () => {
  const site = await siteForTest();
  const context = await browserFor(site);
  const page = await admitFirm(site, context);
  await context.clearCookies({ name: "session" });
  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  await page.getByRole("heading", { name: "You're signed out" }).waitFor();
  await page.getByRole("link", { name: "Sign in" }).click();
  await page.waitForURL("**/oauth/authorize?**");
});

test("an open page says that its session has ended", async () => {
  const site = await siteForTest();
  const context = await browserFor(site);
  const page = await admitFirm(site, context);
  const notice = page.getByText("This page no longer updates");
  expect(await notice.isVisible()).toBe(false);
  await context.clearCookies({ name: "session" });
  await notice.waitFor();
  await page.getByRole("main").getByRole("link", { name: "Reload" }).click();
  await page.waitForURL("**/oauth/authorize?**");
});
