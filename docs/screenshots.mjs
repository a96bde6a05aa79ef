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
await placeCalls(await createKey());
await page.goto(`${service}/calls`);
await page.getByText("In Clio").first().waitFor();
await takeScreenshot(page, "calls", { height: 1350 });
await enterAbsence();
await takeScreenshot(page, "away", { height: 760 });
await browser.close();

/** Creates a key on the setup page. Returns it. */
async function createKey() {
  await page.goto(`${service}/setup`);
  await page.getByRole("heading", { name: "Create a key for Upfirst" }).click();
  await page.getByLabel("Name of the new key").fill("Screenshots");
  await page.getByRole("button", { name: "Create key" }).click();
  return page.locator("#bearer-key").innerText();
}

/** One call of each kind that the list shows. Waits until the first one's phone log is in Clio. */
async function placeCalls(key) {
  const call = (path, options) =>
    fetch(service + path, { ...options, headers: { Authorization: `Bearer ${key}` } });
  const report = (values) => call("/after-call", { method: "POST", body: new URLSearchParams(values) });
  await call("/route-call?caller_id=anonymous");
  await call("/route-call?caller_id=%2B14155550134");
  await call("/route-call?caller_id=%2B14155550171");
  await report({ caller_id: "+14155550171", summary: "Jane asked when the hearing is." });
  await call("/route-call?caller_id=%2B14155550199");
  await report({ caller_id: "+14155550199", summary: "A new client asked for an appointment." });
  const phoneLogs = async () => (await page.request.get(`${service}/calls.json`)).json();
  while (!(await phoneLogs()).some(({ log }) => log === "logged")) await page.waitForTimeout(500);
}

/** Felix Dubinsky is away for a week, and Desmond Vance stands in. */
async function enterAbsence() {
  const dayIn = (days) => new Date(Date.now() + days * 24 * 60 * 60_000).toISOString().slice(0, 10);
  await page.goto(`${service}/away`);
  await page.getByLabel("Who is away").selectOption({ label: "Felix Dubinsky" });
  await page.getByLabel("First day").fill(dayIn(-1));
  await page.getByLabel("Last day").fill(dayIn(6));
  await page.getByLabel("Stand-in").selectOption({ label: "Desmond Vance" });
  await page.getByRole("button", { name: "Add absence" }).click();
  await page.goto(`${service}/away`);
}

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
