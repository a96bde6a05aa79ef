import type { BrowserContext, Page } from "playwright-core";
import type { Site } from "./site.ts";

/** A user who can see everything, and one who can't. */
export const FELIX = "Felix Dubinsky";
export const MARGARET = "Margaret Hollis";

export const ACTION = "Find responsible staff";

/** For each record type, the link text of a record linked to Jane Doe's matter, which is Felix Dubinsky's. */
export const RECORDS_OF_JANE_DOE = {
  Matters: "00042-Doe Doe v. Acme",
  Contacts: "Jane Doe",
  Activities: "Call with client",
  Documents: "Motion to compel.pdf",
  Folders: "Drafts",
} as const;

export type Kind = keyof typeof RECORDS_OF_JANE_DOE;

/** Allows access as that user, on Clio's consent page. */
export async function allow(page: Page, name: string): Promise<void> {
  await page.getByRole("radio", { name }).check();
  await page.getByRole("button", { name: "Allow access" }).click();
}

/** Connects the first user of the firm with the setup link. Returns the setup page. */
export async function admitFirm(site: Site, context: BrowserContext, name = FELIX): Promise<Page> {
  const page = await context.newPage();
  await page.goto(site.setupLink);
  await allow(page, name);
  await page.waitForURL("**/setup");
  return page;
}

/** Connects another user through `/connect`. Returns the setup page. */
export async function connect(site: Site, context: BrowserContext, name: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${site.service.url}/connect`);
  await allow(page, name);
  await page.waitForURL("**/setup");
  return page;
}

/** Signs in to the sandbox, on its home page. */
export async function signInToClio(site: Site, page: Page, name: string): Promise<void> {
  await page.goto(site.sandbox.url);
  await page.getByRole("button", { name }).click();
}

/** Clicks the custom action in a record's menu, as the user signed in to the sandbox. Returns the tab that opens. */
export async function clickAction(
  clio: Page,
  kind: Kind,
  record: string = RECORDS_OF_JANE_DOE[kind],
): Promise<Page> {
  await clio.getByRole("navigation").getByRole("link", { name: kind }).click();
  const link = clio.getByRole("link", { name: record, exact: true });
  const row = clio.getByRole("row").filter({ has: link }).first();
  const nextPage = clio.getByRole("link", { name: "Next page" });
  for (;;) {
    // Both appear only once the list has loaded.
    await row.or(nextPage).first().waitFor();
    if ((await row.count()) > 0) break;
    const from = clio.url();
    await nextPage.click();
    await clio.waitForURL(({ href }) => href !== from);
  }
  await row.locator("summary").click();
  const opened = clio.context().waitForEvent("page");
  await row.getByRole("link", { name: ACTION }).click();
  const tab = await opened;
  await tab.waitForLoadState();
  return tab;
}

/** Connects the firm as Felix and signs him in to the sandbox. Returns a page of each. */
export async function felixSignedIn(site: Site, context: BrowserContext, name = FELIX) {
  const setup = await admitFirm(site, context, name);
  const clio = await context.newPage();
  await signInToClio(site, clio, name);
  return { setup, clio };
}

export function heading(page: Page, name: string | RegExp, level?: number) {
  return page.getByRole("heading", { name, ...(level && { level }) });
}

export function clipboard(page: Page): Promise<string> {
  return page.evaluate<string>("navigator.clipboard.readText()");
}
