import type { BrowserContext, Page } from "playwright-core";
import { expect, test } from "vitest";
import { exampleCases as cases, exampleFirm } from "../../sandbox/firms/example-firm.ts";
import { user } from "../../sandbox/firms/firm.ts";
import { checkAppearance } from "./support/appearance.ts";
import { browserFor } from "./support/browser.ts";
import { largeFirm } from "./support/large-firm.ts";
import {
  admitFirm,
  allow,
  clickAction,
  connect,
  FELIX,
  felixSignedIn,
  heading,
  MARGARET,
  signInToClio,
} from "./support/person.ts";
import { type Site, siteForTest } from "./support/site.ts";

/** Longer than any layout expects. */
const LONG_NAME = "Maximiliana-Alexandra Featherstonehaugh-Cholmondeley von Hohenzollern-Sigmaringen";
const STAND_IN = "Nora Newcomb";
const NO_BREAK = "W".repeat(120);

const userId = (site: Site, name: string) =>
  site.sandbox.firms[0]?.users.find((user) => user.name === name)?.id ?? 0;

test("the pages for a service without a firm and for declined consent", async () => {
  const site = await siteForTest();
  const page = await (await browserFor(site)).newPage();
  await page.goto(`${site.service.url}/setup`);
  await checkAppearance(page, "not-set-up");

  await page.goto(site.setupLink);
  await page.getByRole("button", { name: "Decline" }).click();
  await checkAppearance(page, "declined");
});

test("the setup page of a new firm, with a tried caller, and the page after signing out", async () => {
  const site = await siteForTest();
  const page = await admitFirm(site, await browserFor(site));
  await checkAppearance(page, "setup-new");
  await page.getByLabel("Phone number", { exact: true }).fill(cases.janeDoe.typed);
  await page.getByRole("button", { name: "Try", exact: true }).click();
  await heading(page, `The call goes to ${FELIX}`).waitFor();
  await checkAppearance(page, "setup-tried");
  await page.locator("#try summary").click();
  for (const [text, number, matter] of [
    ["The receptionist asks which matter", cases.severalMatters.phone, "the divorce"],
    ["The call is for Bea Whitlock", cases.staffWithoutPhone.phone, ""],
    ["Enter one whole number", "12", "lease"],
  ] as const) {
    await page.getByLabel("Phone number", { exact: true }).fill(number);
    await page.getByLabel("Matter (optional)").fill(matter);
    await page.getByRole("button", { name: "Try", exact: true }).click();
    await page.getByText(text).waitFor();
    await checkAppearance(page, `setup-tried-${number}`);
  }
  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  await checkAppearance(page, "signed-out");
});

test("the calls: none yet, a list with a chart, a call that needs a decision, and its way into Clio", async () => {
  const site = await siteForTest();
  const page = await admitFirm(site, await browserFor(site));
  const key = await page.locator("#bearer-key").textContent();
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const { url } = site.service;
  await page.getByRole("link", { name: "Calls" }).click();
  await checkAppearance(page, "calls-none");

  const call = (number: string) =>
    fetch(`${url}/route-call?${new URLSearchParams({ caller_id: number })}`, { headers });
  const report = (number: string, texts: object) =>
    fetch(`${url}/after-call`, {
      method: "POST",
      headers,
      body: JSON.stringify({ caller_id: number, duration: "3:12", ...texts }),
    });
  const stranger = "+14155550199";
  for (const number of [cases.janeDoe.phone, cases.household.phone, "anonymous", stranger]) {
    await call(number);
    site.advanceClock(6 * 60_000);
  }
  site.sandbox.fault({ kind: "status", status: 500, path: "/api/v4/contacts" });
  await call(cases.severalMatters.phone);
  await report(cases.janeDoe.phone, { summary: "Jane asked when the hearing is.", message: NO_BREAK });
  site.advanceClock(20 * 60_000);
  await call(stranger);
  await report(stranger, { summary: "Asked for an appointment.\n\nWill call again.", transcript: "Hello." });
  const needsChoice = page.locator("main", { hasText: "Needs a decision" });
  await expect
    .poll(async () => {
      await page.reload();
      return needsChoice.count();
    })
    .toBe(1);
  await page.getByText("Calls a day as a table").click();
  await checkAppearance(page, "calls");
  await page.getByRole("searchbox").fill("nobody by this name");
  await page.getByRole("button", { name: "Search" }).click();
  await checkAppearance(page, "calls-nothing-found");
  await page.goto(`${url}/calls?show=unknown`);
  await page.getByText("2 calls, most recently on").waitFor();
  await checkAppearance(page, "calls-unknown");

  await page.goto(`${url}/calls`);
  await page
    .locator("section", { has: heading(page, /Needs a decision/) })
    .getByRole("link")
    .first()
    .click();
  await page.locator("summary", { hasText: "New contact" }).click();
  await checkAppearance(page, "call-undecided");
  await page.getByRole("button", { name: "Create contact" }).click();
  await page.getByText("Enter a first or last name.").waitFor();
  await checkAppearance(page, "call-contact-without-name");
  await page.getByRole("searchbox").fill("Jane Doe");
  await page.getByRole("button", { name: "Search" }).click();
  await page.getByText("found for").waitFor();
  await checkAppearance(page, "call-contacts-found");
  await page.getByRole("button", { name: "Choose Jane Doe" }).click();
  await page.getByText("Which matter of Jane Doe").waitFor();
  await checkAppearance(page, "call-matters");
  await page.getByRole("button", { name: "Write the phone log" }).click();
  await expect
    .poll(async () => {
      await page.reload();
      return page.getByText("In Clio", { exact: true }).count();
    })
    .toBe(1);
  await checkAppearance(page, "call-logged");
  const [log] = (site.sandbox.firms[0]?.communications ?? []).filter(
    ({ subject }) => subject === "Call from Jane Doe",
  );
  expect(log).toBeDefined();
});

test("the setup page of an active firm: several users, one without access, and a missing menu entry", async () => {
  const site = await siteForTest();
  const page = await admitFirm(site, await browserFor(site));
  const key = await page.locator("#bearer-key").textContent();
  const headers = { authorization: `Bearer ${key}` };
  await fetch(`${site.service.url}/lookup-contact?phone=%2B14155550171`, { headers });
  for (const name of [MARGARET, "Kwame Mensah"]) await connect(site, await browserFor(site), name);

  const priya = await connect(site, await browserFor(site), "Priya Raman");
  site.sandbox.revoke(userId(site, "Priya Raman"));
  // This page asks Clio with her token and learns that her access was removed.
  await priya.reload();
  const [entry] = site.sandbox.customActions.of(userId(site, FELIX));
  if (entry) site.sandbox.customActions.delete(entry);
  await page.goto(`${site.service.url}/setup`);
  await unfold(page, "Connected users");
  await unfold(page, "History");
  await page.getByText("Revoke the key Upfirst…").click();
  await page.getByText("Disconnect…").click();
  await checkAppearance(page, "setup-active");
  expect(await page.getByText("access was removed in Clio").count()).toBe(1);

  const kwame = await connect(site, await browserFor(site), "Kwame Mensah");
  await checkAppearance(kwame, "setup-user");
  expect(await kwame.getByRole("region", { name: "Administrators" }).getByRole("listitem").count()).toBe(2);

  await page.getByRole("button", { name: `Disconnect ${FELIX}` }).click();
  await checkAppearance(page, "disconnected");
});

test("the setup page while a key is missing or refused, step by step, and once all steps are done", async () => {
  const site = await siteForTest();
  const page = await admitFirm(site, await browserFor(site));
  const key = await page.locator("#bearer-key").textContent();
  await unfold(page, "Create a key for Upfirst");
  await page.getByLabel("Name of the new key").fill("upfirst");
  await page.getByRole("button", { name: "Create key" }).click();
  await page.getByText("Your firm already has a key with this name.").waitFor();
  await checkAppearance(page, "setup-key-refused");
  await page.getByText("I've saved it").first().click();
  await page.waitForURL("**/setup");

  const call = (callerId: string) =>
    fetch(`${site.service.url}/route-call?caller_id=${encodeURIComponent(callerId)}`, {
      headers: { authorization: `Bearer ${key}` },
    });
  await call(cases.janeDoe.phone);
  await page.locator(".latest").getByText("The call was routed to Felix Dubinsky.").waitFor();
  await page.reload();
  await checkAppearance(page, "setup-rules-next");
  await page.getByRole("button", { name: "I've added the rules I need" }).click();
  await page.getByText("Call your Upfirst number").waitFor();
  await checkAppearance(page, "setup-call-next");
  await call(cases.stranger.phone);
  await page.locator(".latest").getByText("No one was found who takes the call").waitFor();
  await page.reload();
  await checkAppearance(page, "setup-settled");
  await page.getByText("Revoke the key Upfirst…").click();
  await page.getByRole("button", { name: "Revoke “Upfirst”" }).click();
  await page.getByText("Create one, and give it a name").waitFor();
  await checkAppearance(page, "setup-without-key");
});

test("the comparison of two lookup accounts", async () => {
  const site = await siteForTest();
  const page = await admitFirm(site, await browserFor(site));
  await connect(site, await browserFor(site), MARGARET);
  const margaret = site.sandbox.firms[0]?.users.find(({ name }) => name === MARGARET);
  margaret?.hiddenContacts.add(cases.janeDoe.contactId);
  margaret?.permissions.delete("matters");
  for (const name of ["lookup-account-unknown", "lookup-account-sees-less"]) {
    await page.goto(`${site.service.url}/setup`);
    await unfold(page, "Connected users");
    await page.getByRole("button", { name: `Use for lookups… (${MARGARET})` }).click();
    await heading(page, `Look up callers through ${MARGARET}?`).waitFor();
    await checkAppearance(page, name);
    margaret?.permissions.add("matters");
  }
});

test("the setup page when Clio denies access to the menu entries", async () => {
  const site = await siteForTest();
  site.sandbox.firms[0]?.users.find(({ name }) => name === FELIX)?.permissions.delete("custom_actions");
  const page = await admitFirm(site, await browserFor(site));
  await checkAppearance(page, "setup-actions-denied");
  expect(await page.getByText("Custom actions (write)").count()).toBe(1);
});

/** Stops a sync of the large firm after its first page of matters. */
const STUCK = { path: /matters.*page_token/, kind: "hang", times: Number.POSITIVE_INFINITY } as const;

/** A browser in which pages don't change by themselves. */
async function browserWithoutRefreshFor(site: Site): Promise<BrowserContext> {
  const context = await browserFor(site);
  await context.route("**/assets/{refresh,live}.js", (route) => route.fulfill({ body: "" }));
  return context;
}

test("the setup page during the first sync", async () => {
  const site = await siteForTest({ firms: [largeFirm()], directory: "mirror" });
  site.sandbox.fault(STUCK);
  const page = await admitFirm(site, await browserWithoutRefreshFor(site));
  await checkAppearance(page, "setup-first-key-and-sync");
  await expect.poll(() => syncProgress(page)).toEqual(["201", "451"]);
  await heading(page, "Contacts and matters").click();
  await checkAppearance(page, "setup-first-sync");
});

test("the setup page during a further full sync", async () => {
  const site = await siteForTest({ firms: [largeFirm()], directory: "mirror" });
  const page = await admitFirm(site, await browserWithoutRefreshFor(site));
  await expect.poll(() => directoryText(page)).toContain("Stored here");
  site.sandbox.fault(STUCK);
  await unfold(page, "Contacts and matters");
  await page.getByRole("button", { name: "Start full sync" }).click();
  await expect.poll(() => syncProgress(page)).toEqual(["201", "451"]);
  await checkAppearance(page, "setup-full-sync");
});

test("the setup page with a current copy, while Clio is down, and when the copy is too old", async () => {
  const site = await siteForTest({ directory: "mirror" });
  const context = await browserWithoutRefreshFor(site);
  const page = await admitFirm(site, context);
  await expect.poll(() => directoryText(page)).toContain("Stored here");
  await checkAppearance(page, "setup-ready");

  const path = /\/api\/v4\/(contacts|matters|users)\.json/;
  site.sandbox.fault({ path, kind: "status", status: 500, times: Number.POSITIVE_INFINITY });
  site.advanceClock(20 * 60_000);
  await expect.poll(() => directoryText(page)).toContain("Changes in Clio can't be checked right now.");
  await checkAppearance(page, "setup-behind");

  site.advanceClock(24 * 60 * 60_000);
  const tomorrow = await connect(site, await browserFor(site), FELIX);
  await expect.poll(() => directoryText(tomorrow)).toContain("too old to use");
  await checkAppearance(tomorrow, "setup-too-old");
});

test("the setup page when Clio denies access to the matters", async () => {
  const site = await siteForTest({ directory: "mirror" });
  site.sandbox.firms[0]?.users.find(({ name }) => name === FELIX)?.permissions.delete("matters");
  const page = await admitFirm(site, await browserWithoutRefreshFor(site));
  await expect.poll(() => directoryText(page)).toContain("Clio denied access to contacts, matters or users.");
  await checkAppearance(page, "setup-matters-denied");
});

/** Opens a folded part of the page. */
async function unfold(page: Page, name: string): Promise<void> {
  await heading(page, name).click();
}

/** Loads the setup page: the value and maximum of its progress bar. */
async function syncProgress(page: Page): Promise<(string | null)[]> {
  await page.goto(new URL("/setup", page.url()).href);
  const bar = page.locator("#sync-progress");
  if ((await bar.count()) === 0) return [];
  return [await bar.getAttribute("value"), await bar.getAttribute("max")];
}

/** Loads the setup page: the text of its section on contacts and matters. */
async function directoryText(page: Page): Promise<string> {
  await page.goto(new URL("/setup", page.url()).href);
  return (await page.locator("#directory").textContent()) ?? "";
}

test("the pages for a record: one person, several people, notices, no one, no matter", async () => {
  const site = await siteForTest();
  const { clio } = await felixSignedIn(site, await browserFor(site));
  for (const [name, kind, record] of [
    ["one-person", "Matters", "00042-Doe Doe v. Acme"],
    ["several-people", "Contacts", "Victor Lang"],
    ["no-number", "Matters", "00066-Prescott Prescott bankruptcy"],
    ["disabled", "Matters", "00065-Blum Blum insurance claim"],
    ["nobody", "Matters", "00064-Vaughn Vaughn intake"],
    ["no-matter", "Documents", cases.strayDocument.name],
  ] as const) {
    const page = await clickAction(clio, kind, record);
    await checkAppearance(page, `click-${name}`);
    await page.close();
  }
});

test("the page for a record in a browser that the user hasn't signed in with", async () => {
  const site = await siteForTest();
  await admitFirm(site, await browserFor(site));
  const page = await (await browserFor(site)).newPage();
  const subjectPath = `/api/v4/contacts/${cases.severalMatters.contactId}`;
  await page.goto(site.sandbox.click({ userId: userId(site, FELIX), subjectPath }));
  await heading(page, "Client and matter names are hidden").waitFor();
  await checkAppearance(page, "click-names-hidden");
});

test("the pages for a used, an invalid and another user's click", async () => {
  const site = await siteForTest();
  const { clio } = await felixSignedIn(site, await browserFor(site));
  const tab = await clickAction(clio, "Matters");
  const page = await (await browserFor(site)).newPage();
  await page.goto(tab.url());
  await checkAppearance(page, "click-used");
  await page.goto(`${site.service.url}/clio-action`);
  await checkAppearance(page, "click-invalid");

  const context = await browserFor(site);
  await connect(site, context, MARGARET);
  site.sandbox.revoke(userId(site, MARGARET));
  const subjectPath = `/api/v4/matters/${cases.janeDoe.matterId}`;
  await page.goto(site.sandbox.click({ userId: userId(site, MARGARET), subjectPath }));
  await allow(page, FELIX);
  await heading(page, "Sign in with another Clio account").waitFor();
  await checkAppearance(page, "click-other-account");
});

test("the pages for errors: Clio down, a limit, an unknown address, data after signing out", async () => {
  const site = await siteForTest();
  const page = await admitFirm(site, await browserFor(site));
  const subjectPath = `/api/v4/matters/${cases.janeDoe.matterId}`;
  const click = () => site.sandbox.click({ userId: userId(site, FELIX), subjectPath });
  site.sandbox.fault({ path: subjectPath, kind: "status", status: 500 });
  await page.goto(click());
  await checkAppearance(page, "error-clio-down");
  site.sandbox.fault({ path: subjectPath, kind: "status", status: 429, retryAfter: 40 });
  await page.goto(click());
  await checkAppearance(page, "error-limit");
  await page.goto(`${site.service.url}/nothing`);
  await checkAppearance(page, "error-not-found");
  const stranger = await (await browserFor(site)).newPage();
  await stranger.goto(`${site.service.url}/transfer-rules.csv`);
  await checkAppearance(stranger, "error-signed-out");
});

test("the rules by which calls are routed", async () => {
  const site = await siteForTest();
  const page = await admitFirm(site, await browserFor(site));
  await page.goto(`${site.service.url}/routing-rules#client`);
  await checkAppearance(page, "routing-rules");
});

test("who is away: no one, with mistakes in the form, and several with conflicts", async () => {
  const site = await siteForTest({ directory: "mirror" });
  const page = await admitFirm(site, await browserFor(site));
  const address = `${site.service.url}/away`;
  await page.goto(address);
  await checkAppearance(page, "away-nobody");
  await page.getByRole("button", { name: "Add absence" }).click();
  await checkAppearance(page, "away-mistakes");
  const inTwoYears = `${new Date().getFullYear() + 2}-01-0`;
  await enterAbsence(page, { "First day": "2026-01-05", Stand: "Priya Raman", Note: "Back in the new year" });
  await enterAbsence(page, { "Who is away": "Priya Raman", "First day": "2026-01-05" });
  await enterAbsence(page, { "First day": `${inTwoYears}3`, "Last day": `${inTwoYears}7` });
  await checkAppearance(page, "away");
  await page.getByRole("link", { name: "Edit" }).first().click();
  await checkAppearance(page, "away-edit");
  await page.goto(`${address}/calendar`);
  await checkAppearance(page, "away-calendar-kinds");
  await page.getByLabel("Vacation").check();
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Entries of these kinds count").waitFor();
  await checkAppearance(page, "away-with-calendar");
  site.sandbox.changes().user(userId(site, "Priya Raman"), { phone_number: null });
  site.sandbox.firms[0]?.users.find(({ name }) => name === FELIX)?.permissions.delete("calendars");
  await page.goto(`${address}/calendar`);
  await checkAppearance(page, "away-calendar-denied");
  site.advanceClock(10 * 60_000);
  for (const text of ["Clio denied access to calendars.", "Priya Raman can't be dialed"])
    await expect
      .poll(async () => {
        await page.goto(address);
        return page.getByText(text).count();
      })
      .toBeGreaterThan(0);
  await checkAppearance(page, "away-calendar-and-stand-in-lost");
});

/** Enters an absence on `/away`. @param values by the label of their field, or its beginning */
async function enterAbsence(page: Page, values: Record<string, string>): Promise<void> {
  await page.goto(new URL("/away", page.url()).href);
  for (const [label, value] of Object.entries(values)) {
    const field = page.getByLabel(label).first();
    if ((await field.evaluate((element) => element.tagName)) === "SELECT")
      await field.selectOption({ label: value });
    else await field.fill(value);
  }
  await page.getByRole("button", { name: "Add absence" }).click();
}

/** Felix Dubinsky is away, with a stand-in who isn't on any matter. Returns the setup page. */
async function standInTakesCalls() {
  const firm = exampleFirm();
  firm.users.push(user(399, STAND_IN, { phone_number: "(628) 555-0199" }));
  const site = await siteForTest({ firms: [firm] });
  const context = await browserFor(site);
  const page = await admitFirm(site, context);
  const key = await page.locator("#bearer-key").textContent();
  await enterAbsence(page, { "First day": "2026-01-05", Stand: STAND_IN });
  await page.goto(`${site.service.url}/setup`);
  return { site, context, page, key };
}

test("the setup page's time zone, and tried callers: related to a matter, for someone who is away", async () => {
  const { site, page } = await standInTakesCalls();
  await unfold(page, "Time zone");
  await checkAppearance(page, "setup-time-zone");
  await enterAbsence(page, { "Who is away": "Lucy Chen", "First day": "2026-01-05" });
  for (const [name, number, outcome] of [
    ["stand-in", cases.janeDoe.phone, `The call goes to ${STAND_IN}`],
    ["related", cases.spouse.phone, `The call goes to ${STAND_IN}`],
    ["away", cases.attorneyOnly.phone, "The receptionist takes a message for Lucy Chen"],
  ] as const) {
    await page.goto(`${site.service.url}/setup`);
    await page.getByLabel("Phone number", { exact: true }).fill(number);
    await page.getByRole("button", { name: "Try", exact: true }).click();
    await heading(page, outcome).waitFor();
    await checkAppearance(page, `setup-tried-${name}`);
  }
});

test("the transfer rules and the page for a record while a stand-in takes calls", async () => {
  const { site, context, page } = await standInTakesCalls();
  await page.goto(`${site.service.url}/transfer-rules`);
  await heading(page, STAND_IN).click();
  await page.getByText(`Takes calls while ${FELIX} is away.`).waitFor();
  await checkAppearance(page, "transfer-rules-stand-in");
  const clio = await context.newPage();
  await signInToClio(site, clio, FELIX);
  const clicked = await clickAction(clio, "Matters");
  await heading(clicked, "Away now").waitFor();
  await checkAppearance(clicked, "click-away");
});

test("the calls for someone who was away, and one of them", async () => {
  const { site, page, key } = await standInTakesCalls();
  const headers = { authorization: `Bearer ${key}` };
  for (const caller_id of [cases.janeDoe.phone, cases.couple.phone, cases.closedOnly.phone])
    await fetch(`${site.service.url}/route-call?${new URLSearchParams({ caller_id })}`, { headers });
  await page.goto(`${site.service.url}/calls`);
  await page.getByLabel("Only calls for someone away").check();
  await page.getByRole("button", { name: "Search" }).click();
  await expect.poll(() => page.getByText(`${FELIX} was away`).count()).toBe(2);
  await checkAppearance(page, "calls-away");
  await page.getByRole("link", { name: "Jane Doe" }).click();
  await heading(page, "Jane Doe").waitFor();
  await checkAppearance(page, "call-to-stand-in");
});

test("the transfer rules, with all closed and some open", async () => {
  const site = await siteForTest();
  const page = await admitFirm(site, await browserFor(site));
  await page.goto(`${site.service.url}/transfer-rules`);
  await checkAppearance(page, "transfer-rules");
  for (const name of ["Bea Whitlock", "Desmond Vance"]) await heading(page, name).click();
  await checkAppearance(page, "transfer-rules-opened");
});

test("the transfer rules with rules that were added, changed since, and are no longer needed", async () => {
  const site = await siteForTest();
  const page = await admitFirm(site, await browserFor(site));
  const address = `${site.service.url}/transfer-rules`;
  await page.goto(address);
  for (const [at, name] of ["Desmond Vance", "Ingrid Solberg", "Priya Raman"].entries()) {
    await heading(page, name).click();
    await page.getByRole("button", { name: `Added to Upfirst: ${name}` }).click();
    await page.getByText(`${at + 1} of 14 added`).waitFor();
  }
  const changes = site.sandbox.changes();
  const ingrid = userId(site, "Ingrid Solberg");
  changes.user(ingrid, { name: "Ingrid Solberg-Whitmore", phone_number: "(628) 555-0199 x4" });
  const priya = userId(site, "Priya Raman");
  for (const { id, responsible_staff_id, responsible_attorney_id } of site.sandbox.firms[0]?.matters ?? [])
    if ([responsible_staff_id, responsible_attorney_id].includes(priya))
      changes.matter(id, { responsible_staff_id: userId(site, FELIX) });
  site.advanceClock(10_000);
  await page.goto(`${address}?person=${ingrid}&outdated=1`);
  expect(await page.locator(".checklist-progress p").first().textContent()).toBe(
    "2 of 12 added, 1 changed since",
  );
  await checkAppearance(page, "transfer-rules-checklist");
  await page.goto(`${address}?q=nothing+like+it&matter=nothing+like+it`);
  await checkAppearance(page, "transfer-rules-nothing-found");
});

test("the transfer rules of a firm with several pages of matters that reach no one", async () => {
  const firm = largeFirm();
  for (const matter of firm.matters.slice(0, 60)) matter.responsible_staff_id = null;
  const site = await siteForTest({ firms: [firm] });
  const page = await admitFirm(site, await browserFor(site));
  await page.goto(`${site.service.url}/transfer-rules?page=2`);
  await checkAppearance(page, "transfer-rules-unreached");
});

test("the transfer rules while a large firm is loaded", async () => {
  const site = await siteForTest({ firms: [largeFirm()] });
  const page = await admitFirm(site, await browserWithoutRefreshFor(site));
  site.sandbox.fault({ path: /page_token/, kind: "latency", ms: 60_000 });
  await page.goto(`${site.service.url}/transfer-rules`);
  const bar = page.getByRole("progressbar");
  expect([await bar.getAttribute("value"), await bar.getAttribute("max")]).toEqual(["200", "450"]);
  await checkAppearance(page, "transfer-rules-loading");
});

test("names longer than any layout expects", async () => {
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
  const { setup, clio } = await felixSignedIn(site, await browserFor(site), LONG_NAME);
  await checkAppearance(setup, "long-setup");
  await setup.goto(`${site.service.url}/transfer-rules`);
  await checkAppearance(setup, "long-transfer-rules");
  const page = await clickAction(clio, "Matters", `${NO_BREAK} ${doe.description}`);
  await checkAppearance(page, "long-click");
});
