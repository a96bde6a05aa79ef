/**
 * Takes the documentation's pictures again, from a demo that was just started (`npm run demo`), into docs/screenshots:
 *
 *     npx node docs/screenshots.mjs [address of the service] [address of the sandbox]
 */
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const [service = "http://127.0.0.1:3000", clio = "http://127.0.0.1:4000"] = process.argv.slice(2);
const FOLDER = fileURLToPath(new URL("screenshots/", import.meta.url));
const WIDE = 1000;
const PHONE = 360;

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});
const context = await browser.newContext({ colorScheme: "light", reducedMotion: "reduce" });
context.setDefaultTimeout(10_000);

const inClio = await context.newPage();
await inClio.goto(clio);
await inClio.getByRole("button", { name: "Felix Dubinsky" }).click();
const menu = await openMenu("00042-Doe Doe v. Acme");
await picture(inClio, "clio-menu", { height: 350 });
await picture(await click(menu), "rule");
await picture(await click(await openMenu("00066-Prescott Prescott bankruptcy")), "no-number", {
  width: PHONE,
  height: 760,
});

const page = await context.newPage();
await page.goto(`${service}/setup`);
await page.getByRole("radio", { name: "Felix Dubinsky" }).check();
await page.getByRole("button", { name: "Allow access" }).click();
await page.waitForURL("**/setup");
await picture(page, "setup", { height: 900 });
await page.goto(`${service}/transfer-rules`);
await picture(page, "transfer-rules", { height: 900 });
await browser.close();

/** Opens the menu of a matter; returns the row it is in. */
async function openMenu(record) {
  await inClio.getByRole("navigation").getByRole("link", { name: "Matters" }).click();
  const link = inClio.getByRole("link", { name: record, exact: true });
  const row = inClio.getByRole("row").filter({ has: link }).first();
  while ((await row.count()) === 0) await inClio.getByRole("link", { name: "Next page" }).click();
  await row.locator("summary").click();
  return row;
}

/** The tab that the menu's entry opens. */
async function click(row) {
  const opened = context.waitForEvent("page");
  await row.getByRole("link", { name: "Find responsible staff" }).click();
  const tab = await opened;
  await tab.waitForLoadState();
  return tab;
}

/** Without a height it is the whole page. */
async function picture(tab, name, { width = WIDE, height } = {}) {
  await tab.setViewportSize({ width, height: height ?? 700 });
  await tab.screenshot({ path: `${FOLDER}${name}.png`, fullPage: height === undefined });
}
