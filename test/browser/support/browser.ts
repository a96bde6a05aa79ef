import { type Browser, type BrowserContext, type BrowserContextOptions, chromium } from "playwright-core";
import { afterAll, expect, onTestFinished } from "vitest";
import type { Site } from "./site.ts";

let browser: Promise<Browser> | undefined;

afterAll(async () => {
  await (await browser)?.close();
});

function launchedBrowser(): Promise<Browser> {
  browser ??= chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--no-first-run",
    ],
  });
  return browser;
}

/**
 * A browser with its own cookies. After the test, it must have logged no error or warning on the console and sent no
 * request to a host other than the site's two.
 */
export async function browserFor(site: Site, options: BrowserContextOptions = {}): Promise<BrowserContext> {
  const context = await (await launchedBrowser()).newContext(options);
  const origins = [site.service.url, site.sandbox.url];
  for (const origin of origins)
    await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin });
  context.setDefaultTimeout(30_000);

  const problems: string[] = [];
  const expectedErrors = new Set<string>();
  context.on("request", (request) => {
    const url = new URL(request.url());
    if (!origins.includes(url.origin)) problems.push(`a request to ${url.origin}`);
  });
  context.on("response", (response) => {
    const isErrorPage = response.request().isNavigationRequest() && response.status() >= 400;
    // So a setup page that is still open learns that its session has ended.
    const isEndOfSession = response.url() === `${site.service.url}/setup/live` && response.status() === 401;
    if (isErrorPage || isEndOfSession) expectedErrors.add(withoutFragment(response.url()));
  });
  context.on("console", (message) => {
    // Chromium logs this for every error status.
    const isErrorStatus = message.text().startsWith("Failed to load resource: the server responded with");
    if (isErrorStatus && expectedErrors.has(withoutFragment(message.location().url))) return;
    if (message.type() === "error" || message.type() === "warning") problems.push(message.text());
  });
  context.on("weberror", (error) => problems.push(String(error.error())));

  onTestFinished(async () => {
    await context.close();
    expect(problems).toEqual([]);
  });
  return context;
}

function withoutFragment(url: string): string {
  return url.split("#", 1)[0] ?? "";
}
