import { type Browser, type BrowserContext, type BrowserContextOptions, chromium } from "playwright-core";
import { afterAll, expect, onTestFinished } from "vitest";
import type { Site } from "./site.ts";

let browser: Promise<Browser> | undefined;

afterAll(async () => {
  await (await browser)?.close();
});

function launched(): Promise<Browser> {
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
 * A browser of one person: its cookies are its own. When the test is over, nothing may have been said on a console and
 * nothing asked of any host but the site's two.
 */
export async function browserFor(site: Site, options: BrowserContextOptions = {}): Promise<BrowserContext> {
  const context = await (await launched()).newContext(options);
  const origins = [site.service.url, site.sandbox.url];
  for (const origin of origins)
    await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin });
  context.setDefaultTimeout(10_000);

  const faults: string[] = [];
  const refusedPages = new Set<string>();
  context.on("request", (request) => {
    const url = new URL(request.url());
    if (!origins.includes(url.origin)) faults.push(`a request to ${url.origin}`);
  });
  context.on("response", (response) => {
    const isPage = response.request().isNavigationRequest();
    if (isPage && response.status() >= 400) refusedPages.add(response.url());
  });
  context.on("console", (message) => {
    // Chromium says so of every page with an error status, which is what some tests are about.
    const isRefusal = message.text().startsWith("Failed to load resource: the server responded with");
    if (isRefusal && refusedPages.has(message.location().url)) return;
    if (message.type() === "error" || message.type() === "warning") faults.push(message.text());
  });
  context.on("weberror", (error) => faults.push(String(error.error())));

  onTestFinished(async () => {
    await context.close();
    expect(faults).toEqual([]);
  });
  return context;
}
