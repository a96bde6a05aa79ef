import type { BrowserContext, Page } from "playwright-core";
import { expect, test } from "vitest";
import { exampleCases as cases, exampleFirm } from "../../sandbox/firms/example-firm.ts";
import { browserFor } from "./support/browser.ts";
import { largeFirm } from "./support/large-firm.ts";
import { lookAt } from "./support/look.ts";
import {
  admitFirm,
  allow,
  clickAction,
  connect,
  FELIX,
  felixAtWork,
  heading,
  MARGARET,
} from "./support/person.ts";
import { type Site, siteForTest } from "./support/site.ts";

/** Longer than any layout is made for. */
const LONG_NAME = "Maximiliana-Alexandra Featherstonehaugh-Cholmondeley von Hohenzollern-Sigmaringen";
const NO_BREAK = "W".repeat(120);

/** For what happens in the background. */
const PATIENT = { timeout: 10_000 };

const userId = (site: Site, name: string) =>
  site.sandbox.firms[0]?.users.find((user) => user.name === name)?.id ?? 0;

test("pages on the way in", async () => {
  const site = await siteForTest();
  const page = await (await browserFor(site)).newPage();
  await page.goto(`${site.service.url}/setup`);
  await lookAt(page, "not-set-up");

  await page.goto(site.setupLink);
  await page.getByRole("button", { name: "Decline" }).click();
  await lookAt(page, "declined");
});

test("the set-up page of a new firm, and with a caller tried", async () => {
  const site = await siteForTest();
  const page = await admitFirm(site, await browserFor(site));
  await lookAt(page, "setup-new");
  await page.getByLabel("Number", { exact: true }).fill(cases.janeDoe.typed);
  await page.getByRole("button", { name: "Try", exact: true }).click();
  await page.locator("pre").first().waitFor();
  await lookAt(page, "setup-tried");
  await page.getByRole("button", { name: "Sign out" }).click();
  await lookAt(page, "signed-out");
});

test("the set-up page of a firm at work: colleagues, one of them without access, menu entries missing", async () => {
  const site = await siteForTest();
  const page = await admitFirm(site, await browserFor(site));
  const key = await page.locator("#bearer-key").textContent();
  const headers = { authorization: `Bearer ${key}` };
  await fetch(`${site.service.url}/lookup-contact?phone=%2B14155550171`, { headers });
  for (const name of [MARGARET, "Kwame Mensah"]) await connect(site, await browserFor(site), name);

  const priya = await connect(site, await browserFor(site), "Priya Raman");
  site.sandbox.revoke(userId(site, "Priya Raman"));
  // Clio is asked in her name, and says that her access has ended.
  await priya.reload();
  const [entry] = site.sandbox.customActions.of(userId(site, FELIX));
  if (entry) site.sandbox.customActions.delete(entry);
  await page.goto(`${site.service.url}/setup`);
  await page.getByText("Revoke the key Upfirst…").click();
  await page.getByText("Disconnect…").click();
  await lookAt(page, "setup-at-work");
  expect(await page.getByText("Access was ended in Clio").count()).toBe(1);

  await page.getByRole("button", { name: `Disconnect ${FELIX}` }).click();
  await lookAt(page, "disconnected");
});

test("the set-up page while Clio refuses the menu entries", async () => {
  const site = await siteForTest();
  site.sandbox.firms[0]?.users.find(({ name }) => name === FELIX)?.permissions.delete("custom_actions");
  const page = await admitFirm(site, await browserFor(site));
  await lookAt(page, "setup-refused");
  expect(await page.getByText("Custom actions (write)").count()).toBe(1);
});

/** What keeps a reading of the large firm from getting any further. */
const STUCK = { path: /matters.*page_token/, kind: "hang", times: Number.POSITIVE_INFINITY } as const;

/** A browser whose pages are not loaded again while they are looked at. */
async function patientBrowserFor(site: Site): Promise<BrowserContext> {
  const context = await browserFor(site);
  await context.route("**/assets/refresh.js", (route) => route.fulfill({ body: "" }));
  return context;
}

test("the set-up page while everything is read for the first time", async () => {
  const site = await siteForTest({ firms: [largeFirm()], directory: "mirror" });
  site.sandbox.fault(STUCK);
  const page = await admitFirm(site, await patientBrowserFor(site));
  await lookAt(page, "setup-first-key-and-read");
  await expect.poll(() => readSoFar(page), PATIENT).toEqual(["201", "451"]);
  await lookAt(page, "setup-first-read");
});

test("the set-up page while everything is read again", async () => {
  const site = await siteForTest({ firms: [largeFirm()], directory: "mirror" });
  const page = await admitFirm(site, await patientBrowserFor(site));
  await expect.poll(() => keptIn(page), PATIENT).toContain("Kept here");
  site.sandbox.fault(STUCK);
  await page.getByRole("button", { name: "Read everything again" }).click();
  await expect.poll(() => readSoFar(page), PATIENT).toEqual(["201", "451"]);
  await lookAt(page, "setup-read-again");
});

test("the set-up page of a firm whose records are kept, without Clio, and for too long without it", async () => {
  const site = await siteForTest({ directory: "mirror" });
  const context = await browserFor(site);
  const page = await admitFirm(site, context);
  await expect.poll(() => keptIn(page), PATIENT).toContain("Kept here");
  await lookAt(page, "setup-kept");

  const path = /\/api\/v4\/(contacts|matters|users)\.json/;
  site.sandbox.fault({ path, kind: "status", status: 500, times: Number.POSITIVE_INFINITY });
  site.pass(20 * 60_000);
  await expect.poll(() => keptIn(page), PATIENT).toContain("Clio cannot be asked what has changed.");
  await lookAt(page, "setup-without-clio");

  site.pass(24 * 60 * 60_000);
  const tomorrow = await connect(site, await browserFor(site), FELIX);
  await expect.poll(() => keptIn(tomorrow), PATIENT).toContain("too old to answer from");
  await lookAt(tomorrow, "setup-too-old");
});

test("the set-up page while Clio refuses to show the matters", async () => {
  const site = await siteForTest({ directory: "mirror" });
  site.sandbox.firms[0]?.users.find(({ name }) => name === FELIX)?.permissions.delete("matters");
  const page = await admitFirm(site, await patientBrowserFor(site));
  await expect
    .poll(() => keptIn(page), PATIENT)
    .toContain("Clio refuses to show contacts, matters or users.");
  await lookAt(page, "setup-not-permitted");
});

/** Value and maximum of the bar of progress, on the page as it is now. */
async function readSoFar(page: Page): Promise<(string | null)[]> {
  await page.goto(new URL("/setup", page.url()).href);
  const bar = page.getByRole("progressbar");
  if ((await bar.count()) === 0) return [];
  return [await bar.getAttribute("value"), await bar.getAttribute("max")];
}

/** What the set-up page says now of what is kept. */
async function keptIn(page: Page): Promise<string> {
  await page.goto(new URL("/setup", page.url()).href);
  return (await page.locator("#directory").textContent()) ?? "";
}

test("the pages for a record: one person, several, something missing, nobody, no matter", async () => {
  const site = await siteForTest();
  const { clio } = await felixAtWork(site, await browserFor(site));
  for (const [name, kind, record] of [
    ["one-person", "Matters", "00042-Doe Doe v. Acme"],
    ["several-people", "Contacts", "Victor Lang"],
    ["no-number", "Matters", "00066-Prescott Prescott bankruptcy"],
    ["disabled", "Matters", "00065-Blum Blum insurance claim"],
    ["nobody", "Matters", "00064-Vaughn Vaughn intake"],
    ["no-matter", "Documents", cases.strayDocument.name],
  ] as const) {
    const page = await clickAction(clio, kind, record);
    await lookAt(page, `click-${name}`);
    await page.close();
  }
});

test("the pages for a click that is no good, or somebody else's", async () => {
  const site = await siteForTest();
  const { clio } = await felixAtWork(site, await browserFor(site));
  const tab = await clickAction(clio, "Matters");
  const page = await (await browserFor(site)).newPage();
  await page.goto(tab.url());
  await lookAt(page, "click-used");
  await page.goto(`${site.service.url}/clio-action`);
  await lookAt(page, "click-unreadable");

  const context = await browserFor(site);
  await connect(site, context, MARGARET);
  site.sandbox.revoke(userId(site, MARGARET));
  const subjectPath = `/api/v4/matters/${cases.janeDoe.matterId}`;
  await page.goto(site.sandbox.click({ userId: userId(site, MARGARET), subjectPath }));
  await allow(page, FELIX);
  await heading(page, "Sign in with another Clio account").waitFor();
  await lookAt(page, "click-other-account");
});

test("the transfer rules, and one of them opened", async () => {
  const site = await siteForTest();
  const page = await admitFirm(site, await browserFor(site));
  await page.goto(`${site.service.url}/transfer-rules`);
  await lookAt(page, "transfer-rules");
  for (const name of ["Bea Whitlock", "Desmond Vance"]) await heading(page, name).click();
  await lookAt(page, "transfer-rules-opened");
});

test("the transfer rules while a large firm is read", async () => {
  const site = await siteForTest({ firms: [largeFirm()] });
  const page = await admitFirm(site, await patientBrowserFor(site));
  site.sandbox.fault({ path: /page_token/, kind: "latency", ms: 60_000 });
  await page.goto(`${site.service.url}/transfer-rules`);
  const bar = page.getByRole("progressbar");
  expect([await bar.getAttribute("value"), await bar.getAttribute("max")]).toEqual(["200", "450"]);
  await lookAt(page, "transfer-rules-reading");
});

test("names longer than any layout is made for", async () => {
  const firm = exampleFirm();
  const felix = firm.users.find(({ name }) => name === FELIX);
  const doe = firm.matters.find(({ id }) => id === cases.janeDoe.matterId);
  if (!felix || !doe) throw new Error("the example firm has changed");
  firm.account.name = `${NO_BREAK} & Partners LLP`;
  felix.name = LONG_NAME;
  felix.email = `${NO_BREAK}@${"subdomain.".repeat(12)}hollisvance.example`;
  felix.phone_number = null;
  doe.display_number = NO_BREAK;
  doe.description = "A very long description. ".repeat(100).trim();
  const site = await siteForTest({ firms: [firm] });
  const { setup, clio } = await felixAtWork(site, await browserFor(site), LONG_NAME);
  await lookAt(setup, "long-setup");
  await setup.goto(`${site.service.url}/transfer-rules`);
  await lookAt(setup, "long-transfer-rules");
  const page = await clickAction(clio, "Matters", `${NO_BREAK} ${doe.description}`);
  await lookAt(page, "long-click");
});
