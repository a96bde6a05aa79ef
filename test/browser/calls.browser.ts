import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { exampleCases as cases } from "../../sandbox/firms/example-firm.ts";
import { browserFor } from "./support/browser.ts";
import { admitFirm, FELIX, heading, RECORDS_OF_JANE_DOE, signInToClio } from "./support/person.ts";
import { siteForTest } from "./support/site.ts";

const STRANGER = "+14155550199";
const MAX_TABS = 80;

test("by keyboard alone, a call that needs a choice gets its phone log, which is then on the matter in Clio", async () => {
  const site = await siteForTest();
  const context = await browserFor(site);
  const page = await admitFirm(site, context);
  const key = await page.locator("#bearer-key").textContent();
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const caller = new URLSearchParams({ caller_id: STRANGER });
  await fetch(`${site.service.url}/route-call?${caller}`, { headers });
  const body = JSON.stringify({ caller_id: STRANGER, summary: "Asked when the hearing is." });
  await fetch(`${site.service.url}/after-call`, { method: "POST", headers, body });
  await expect
    .poll(async () => {
      await page.goto(`${site.service.url}/calls`);
      return heading(page, /Needs a decision/).count();
    })
    .toBe(1);

  await activate(page, "a", "(415) 555-0199");
  await heading(page, "(415) 555-0199").waitFor();
  await tabTo(page, "input", "Search contacts in Clio by name or number");
  await page.keyboard.type("Jane Doe");
  await page.keyboard.press("Enter");
  await page.getByText("found for “Jane Doe”").waitFor();
  await activate(page, "button", "Choose Jane Doe");
  await page.getByText("Which matter of Jane Doe").waitFor();
  // Arrow keys change the choice: away from the likeliest matter, and back to it.
  await tabTo(page, "input", "00042-Doe");
  await page.keyboard.press("ArrowDown");
  expect(await page.getByLabel("No matter").isChecked()).toBe(true);
  await page.keyboard.press("ArrowUp");
  await activate(page, "button", "Write the phone log");
  await page.waitForURL(/\/calls\/[0-9a-f]{24}$/);
  await expect
    .poll(async () => {
      await page.reload();
      return page.getByText("In Clio", { exact: true }).count();
    })
    .toBe(1);

  await signInToClio(site, await context.newPage(), FELIX);
  const opened = context.waitForEvent("page");
  await activate(page, "a", cases.janeDoe.displayNumber);
  const matter = await opened;
  await matter.getByText("Call from Jane Doe").waitFor();
  expect(await heading(matter, RECORDS_OF_JANE_DOE.Matters).count()).toBe(1);
});

/** Moves the focus to an element and presses Enter. */
async function activate(page: Page, tag: string, name: string): Promise<void> {
  await tabTo(page, tag, name);
  await page.keyboard.press("Enter");
}

/** Presses Tab until an element has the focus whose name begins like that. Its focus has to be visible. */
async function tabTo(page: Page, tag: string, name: string): Promise<void> {
  const wanted = page.locator(`${tag}:focus`);
  for (let tabs = 0; tabs < MAX_TABS; tabs += 1) {
    await page.keyboard.press("Tab");
    if ((await wanted.count()) === 0 || !(await accessibleName(page)).startsWith(name)) continue;
    expect(await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")).toBe("solid");
    return;
  }
  throw new Error(`${MAX_TABS} Tabs don't reach ${name}`);
}

function accessibleName(page: Page): Promise<string> {
  return page.evaluate<string>(
    "(({ ariaLabel, labels, textContent }) => (ariaLabel ?? labels?.[0]?.textContent ?? textContent).trim())(document.activeElement)",
  );
}
