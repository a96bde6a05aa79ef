/**
 * Takes the documentation's screenshots from a freshly started demo (`npm run demo`):
 *
 *     npx node docs/screenshots.mjs [SERVICE_URL] [SANDBOX_URL]
 */
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const [service = "http://127.0.0.1:3000", clio = "http://127.0.0.1:4000"] = process.argv.slice(2);
const FOLDER = fileURLToPath(new URL("screenshots/", import.meta.url));
const DESKTOP_WIDTH = 1000;
const PHONE_WIDTH = 360;

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});
const context = await browser.newContext({ colorScheme: "light", reducedMotion: "reduce" });
context.setDefaultTimeout(10_000);

// Signed in first: in a browser that the user hasn't signed in with, the click's page names no client.
const page = await context.newPage();
await page.goto(`${service}/setup`);
await page.getByRole("radio", { name: "Felix Dubinsky" }).check();
await page.getByRole("button", { name: "Allow access" }).click();
await page.waitForURL("**/setup");

const clioPage = await context.newPage();
await clioPage.goto(clio);
await clioPage.getByRole("button", { name: "Felix Dubinsky" }).click();
const menu = await openMenu("00042-Doe Doe v. Acme");
await takeScreenshot(clioPage, "clio-menu", { height: 350 });
await takeScreenshot(await clickAction(menu), "rule");
await takeScreenshot(await clickAction(await openMenu("00066-Prescott Prescott bankruptcy")), "no-number", {
  width: PHONE_WIDTH,
  height: 760,
});

await takeScreenshot(page, "setup", { height: 900 });
await page.goto(`${service}/transfer-rules`);
await takeScreenshot(page, "transfer-rules", { height: 900 });
await browser.close();

/** Opens the menu of a matter. Returns its row. */
async function openMenu(record) {
  await clioPage.getByRole("navigation").getByRole("link", { name: "Matters" }).click();
  const link = clioPage.getByRole("link", { name: record, exact: true });
  const row = clioPage.getByRole("row").filter({ has: link }).first();
  while ((await row.count()) === 0) await clioPage.getByRole("link", { name: "Next page" }).click();
  await row.locator("summary").click();
  return row;
}

/** Clicks the menu entry in a row. Returns the tab it opens. */
async function clickAction(row) {
  const newTab = context.waitForEvent("page");
  await row.getByRole("link", { name: "Find responsible staff" }).click();
  const tab = await newTab;
  await tab.waitForLoadState();
  return tab;
}

/** Without a height, takes the whole page. */
async function takeScreenshot(tab, name, { width = DESKTOP_WIDTH, height } = {}) {
  await tab.setViewportSize({ width, height: height ?? 700 });
  await tab.screenshot({ path: `${FOLDER}${name}.png`, fullPage: height === undefined });
}
