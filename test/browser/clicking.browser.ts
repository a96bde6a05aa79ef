import { expect, test } from "vitest";
import { exampleCases as cases } from "../../sandbox/firms/example-firm.ts";
import { browserFor } from "./support/browser.ts";
import {
  ACTION,
  admitFirm,
  allow,
  clickAction,
  clipboard,
  connect,
  FELIX,
  felixSignedIn,
  heading,
  type Kind,
  MARGARET,
  RECORDS_OF_JANE_DOE,
  signInToClio,
} from "./support/person.ts";
import { siteForTest } from "./support/site.ts";

const RULE = `Transfer the call in the following scenarios: After finding a caller's responsible staff in Clio and their responsible staff is ${FELIX}.`;
const REFUSED = "This click is no longer valid";

test("the menu entry of each record type shows who takes calls", async () => {
  const site = await siteForTest();
  const { clio } = await felixSignedIn(site, await browserFor(site));
  for (const kind of Object.keys(RECORDS_OF_JANE_DOE) as Kind[]) {
    const page = await clickAction(clio, kind);
    expect(page.url()).toContain(encodeURIComponent(`/api/v4/${kind.toLowerCase()}/`));
    expect(await heading(page, FELIX, 2).count(), kind).toBe(1);
    expect(await page.getByText(RULE).isVisible(), kind).toBe(true);
  }
});

test("copies each field and the whole rule in Upfirst's format", async () => {
  const site = await siteForTest();
  const { clio } = await felixSignedIn(site, await browserFor(site));
  const page = await clickAction(clio, "Matters");

  const number = page.getByRole("button", { name: "Copy Transfer destination" });
  const before = await number.boundingBox();
  await number.click();
  await expect.poll(() => number.textContent()).toBe("Copied");
  expect(await number.boundingBox()).toEqual(before);
  expect(await page.getByRole("status").textContent()).toBe("Copied");
  expect(await clipboard(page)).toBe("+16285550160");
  expect(await page.getByText("(628) 555-0160").isVisible()).toBe(true);

  await page.getByRole("button", { name: "Copy When to transfer" }).click();
  await expect.poll(() => clipboard(page)).toBe(RULE);

  const whole = page.getByRole("button", { name: `Copy rule for ${FELIX}` });
  const width = (await whole.boundingBox())?.width;
  await whole.click();
  await expect.poll(() => whole.textContent()).toBe("Copied");
  expect((await whole.boundingBox())?.width).toBe(width);
  const copied = await clipboard(page);
  for (const line of [`Name: ${FELIX}`, `When to transfer: ${RULE}`, "Transfer destination: +16285550160"])
    expect(copied.split("\n")).toContain(line);
  await expect.poll(() => whole.textContent()).toBe("Copy rule");
  await expect.poll(() => page.getByRole("status").textContent()).toBe("");
});

test("if the browser blocks copying, the text is selected and the page says so", async () => {
  const site = await siteForTest();
  const { clio } = await felixSignedIn(site, await browserFor(site));
  const page = await clickAction(clio, "Matters");
  await page.evaluate("navigator.clipboard.writeText = () => Promise.reject(new Error('forbidden'))");
  await page.getByRole("button", { name: "Copy Transfer destination" }).click();
  await expect.poll(() => page.evaluate("getSelection().toString()")).toBe("(628) 555-0160");
  expect(await page.getByRole("status").textContent()).toContain("Press Ctrl+C");

  await page.getByRole("button", { name: `Copy rule for ${FELIX}` }).click();
  await expect.poll(() => page.getByRole("status").textContent()).toContain("Copy the fields one by one");
});

test("the first copy button works by keyboard alone, and the focus is visible", async () => {
  const site = await siteForTest();
  const { clio } = await felixSignedIn(site, await browserFor(site));
  const page = await clickAction(clio, "Matters");
  const focused = () => page.evaluate<string | null>("document.activeElement.ariaLabel");
  await page.keyboard.press("Tab");
  expect(await page.evaluate("document.activeElement.textContent")).toBe("Skip to content");
  for (let tabs = 0; tabs < 10 && !(await focused())?.startsWith("Copy"); tabs += 1) {
    expect(await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")).toBe("solid");
    await page.keyboard.press("Tab");
  }
  expect(await focused()).toBe(`Copy rule for ${FELIX}`);
  expect(await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")).toBe("solid");
  await page.keyboard.press("Enter");
  await expect.poll(() => clipboard(page)).toContain(`Name: ${FELIX}`);
  expect(await focused()).toBe(`Copy rule for ${FELIX}`);
});

test("the page can be reloaded in the same browser, but not opened in another", async () => {
  const site = await siteForTest();
  const { clio } = await felixSignedIn(site, await browserFor(site));
  const page = await clickAction(clio, "Matters");
  site.advanceClock(14 * 60_000);
  await page.reload();
  expect(await heading(page, FELIX, 2).count()).toBe(1);

  const elsewhere = await (await browserFor(site)).newPage();
  const answer = await elsewhere.goto(page.url());
  expect(answer?.status()).toBe(403);
  expect(await heading(elsewhere, REFUSED).count()).toBe(1);
  expect(await elsewhere.getByText("60 seconds").isVisible()).toBe(true);
  expect(await elsewhere.content()).not.toContain(FELIX);

  site.advanceClock(2 * 60_000);
  expect((await page.reload())?.status()).toBe(403);
});

test("the page for a used click links back to the record in Clio", async () => {
  const site = await siteForTest();
  const { clio } = await felixSignedIn(site, await browserFor(site));
  const tab = await clickAction(clio, "Matters");
  const elsewhere = await (await browserFor(site)).newPage();
  await signInToClio(site, elsewhere, FELIX);
  await elsewhere.goto(tab.url());
  await elsewhere.getByRole("link", { name: "Back to Clio" }).click();
  await elsewhere.waitForURL(`${site.sandbox.url}/sandbox/matters/${cases.janeDoe.matterId}`);
});

test("a click expires after a minute", async () => {
  const site = await siteForTest();
  const { clio } = await felixSignedIn(site, await browserFor(site));
  const subjectPath = `/api/v4/matters/${cases.janeDoe.matterId}`;
  const clicked = site.sandbox.click({ userId: cases.janeDoe.responsibleStaffId, subjectPath });
  site.advanceClock(61_000);
  const answer = await clio.goto(clicked);
  expect(answer?.status()).toBe(403);
  expect(await heading(clio, REFUSED).count()).toBe(1);
});

test("a nonce works only for the user who clicked", async () => {
  const site = await siteForTest();
  const { clio } = await felixSignedIn(site, await browserFor(site));
  await connect(site, await browserFor(site), MARGARET);
  const subjectPath = `/api/v4/matters/${cases.janeDoe.matterId}`;
  const margaret = site.sandbox.firms[0]?.users.find(({ name }) => name === MARGARET)?.id ?? 0;
  const hers = new URL(site.sandbox.click({ userId: margaret, subjectPath }));
  const his = new URL(site.sandbox.click({ userId: cases.janeDoe.responsibleStaffId, subjectPath }));
  his.searchParams.set("custom_action_nonce", hers.searchParams.get("custom_action_nonce") ?? "");
  expect((await clio.goto(his.href))?.status()).toBe(403);
  expect(await clio.content()).not.toContain(RULE);
});

/** Margaret connected, but her access was then removed: she has the menu entry and no connection. */
async function margaretWithoutAccess() {
  const site = await siteForTest();
  await admitFirm(site, await browserFor(site));
  const context = await browserFor(site);
  await connect(site, context, MARGARET);
  site.sandbox.revoke(site.sandbox.firms[0]?.users.find(({ name }) => name === MARGARET)?.id ?? 0);
  const clio = await context.newPage();
  await signInToClio(site, clio, MARGARET);
  return { site, clio };
}

test("a user who isn't connected signs in and then sees the record they clicked", async () => {
  const { clio } = await margaretWithoutAccess();
  const page = await clickAction(clio, "Matters");
  await allow(page, MARGARET);
  expect(await heading(page, FELIX, 2).count()).toBe(1);
});

test("a user who takes too long to sign in is asked to click again", async () => {
  const { site, clio } = await margaretWithoutAccess();
  const page = await clickAction(clio, "Matters");
  site.advanceClock(61_000);
  await allow(page, MARGARET);
  expect(await heading(page, REFUSED).count()).toBe(1);
  expect(await heading(await clickAction(clio, "Matters"), FELIX, 2).count()).toBe(1);
});

test("a user who signs in with another account learns which one is needed and can switch to it", async () => {
  const { clio } = await margaretWithoutAccess();
  const page = await clickAction(clio, "Matters");
  await allow(page, FELIX);
  expect(await heading(page, "Sign in with another Clio account").count()).toBe(1);
  const text = (await page.getByRole("main").textContent()) ?? "";
  expect(text).toContain(`You signed in as ${FELIX}`);
  expect(text).toContain(MARGARET);
  expect(text).not.toContain(RULE);

  await page.getByRole("link", { name: "Sign in with the other account" }).click();
  await allow(page, MARGARET);
  expect(await heading(page, FELIX, 2).count()).toBe(1);
});

test("the page lists what needs attention, with a link to where it is fixed in Clio", async () => {
  const site = await siteForTest();
  const { clio } = await felixSignedIn(site, await browserFor(site));
  const page = await clickAction(clio, "Matters", "00064-Vaughn Vaughn intake");
  expect(await heading(page, "Needs attention").count()).toBe(1);
  expect(await heading(page, "No one takes the call").count()).toBe(1);
  const opened = page.context().waitForEvent("page");
  await page.getByRole("link", { name: "Fix in Clio: open the matter" }).click();
  const matter = await opened;
  await matter.waitForURL(`${site.sandbox.url}/sandbox/matters/${cases.nobodyOnMatter.matterId}`);

  await matter
    .locator("select[name=responsible_staff_id]")
    .selectOption({ label: `${FELIX} (felix.dubinsky@hollisvance.example)` });
  await matter.getByRole("button", { name: "Save" }).click();
  await clio.reload();
  const fixed = await clickAction(clio, "Matters", "00064-Vaughn Vaughn intake");
  expect(await heading(fixed, FELIX, 2).count()).toBe(1);
  expect(await heading(fixed, "Needs attention").count()).toBe(0);
});

test("markup in a name is shown as text", async () => {
  const site = await siteForTest();
  const { clio } = await felixSignedIn(site, await browserFor(site));
  const page = await clickAction(clio, "Contacts", cases.formulaContact.name);
  expect(await heading(page, cases.markupStaff.name, 2).count()).toBe(1);
  expect(await page.locator("main h2 b, main script").count()).toBe(0);
});

test(`the menu entry ${ACTION} can be reinstalled when it is missing`, async () => {
  const site = await siteForTest();
  const { clio, setup } = await felixSignedIn(site, await browserFor(site));
  for (const action of site.sandbox.customActions.of(cases.janeDoe.responsibleStaffId))
    site.sandbox.customActions.delete(action);
  await setup.reload();
  const section = setup.getByRole("region", { name: `“${ACTION}” in your Clio` });
  expect(await section.getByText("Missing or outdated").count()).toBe(5);
  await section.getByRole("button", { name: "Install the menu entries", exact: true }).click();
  await setup.waitForURL("**/setup#custom-actions");
  expect(await section.getByText("Installed", { exact: true }).count()).toBe(5);
  expect(await heading(await clickAction(clio, "Matters"), FELIX, 2).count()).toBe(1);
});
