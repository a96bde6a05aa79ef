import type { BrowserContext, Page } from "playwright-core";
import type { Site } from "./site.ts";

/** Somebody who may see everything, and somebody who may not. */
export const FELIX = "Felix Dubinsky";
export const MARGARET = "Margaret Hollis";

export const ACTION = "Find responsible staff";

/** A record of each kind that leads to Jane Doe's matter, which is Felix Dubinsky's, by what its link says. */
export const RECORDS_OF_JANE_DOE = {
  Matters: "00042-Doe Doe v. Acme",
  Contacts: "Jane Doe",
  Activities: "Call with client",
  Documents: "Motion to compel.pdf",
  Folders: "Drafts",
} as const;

export type Kind = keyof typeof RECORDS_OF_JANE_DOE;

/** Goes to a page of the service that needs consent, and allows access as that person. */
export async function allow(page: Page, name: string): Promise<void> {
  await page.getByRole("radio", { name }).check();
  await page.getByRole("button", { name: "Allow access" }).click();
}

/** Opens the setup link and allows access: the first of the firm. The page at the end is the set-up page. */
export async function admitFirm(site: Site, context: BrowserContext, name = FELIX): Promise<Page> {
  const page = await context.newPage();
  await page.goto(site.setupLink);
  await allow(page, name);
  await page.waitForURL("**/setup");
  return page;
}

/** Connects a colleague, as `/connect` does. */
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

/**
 * Chooses the custom action in the menu of a record, as whoever is signed in to the sandbox: the tab that Clio opens.
 */
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
    // Before the list is there, neither is.
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

/** The service's page and the sandbox's, side by side: Felix has connected the firm and is signed in to Clio. */
export async function felixAtWork(site: Site, context: BrowserContext, name = FELIX) {
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
