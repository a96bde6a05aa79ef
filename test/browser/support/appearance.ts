import { mkdir } from "node:fs/promises";
import axe from "axe-core";
import type { Page } from "playwright-core";
import { expect } from "vitest";

const FOLDER = "screenshots";
const HEIGHT = 800;

/** Every page is checked in these. A window 1280 wide has 640 left at a zoom of 200%. */
const VIEWPORTS = [
  { variant: "light", width: 1280, colorScheme: "light" },
  { variant: "dark", width: 1280, colorScheme: "dark" },
  { variant: "640", width: 640, colorScheme: "light" },
  { variant: "360", width: 360, colorScheme: "light" },
  { variant: "360-dark", width: 360, colorScheme: "dark" },
] as const;

/** At this width, a page must not scroll sideways (WCAG 1.4.10). */
const MIN_WIDTH = 320;

interface AxeResults {
  violations: { id: string; help: string; nodes: { html: string; failureSummary?: string }[] }[];
}

/** Takes screenshots of the page for a person to judge, and expects no axe violations and no sideways scrolling. */
export async function checkAppearance(page: Page, name: string): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  for (const { variant, width, colorScheme } of VIEWPORTS) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.setViewportSize({ width, height: HEIGHT });
    await page.screenshot({ path: `${FOLDER}/${name}-${variant}.png`, fullPage: true });
    expect(await violations(page), `${name}, ${variant}`).toEqual([]);
  }
  await page.setViewportSize({ width: MIN_WIDTH, height: HEIGHT });
  expect(await page.evaluate("document.documentElement.scrollWidth"), name).toBeLessThanOrEqual(MIN_WIDTH);
  await page.setViewportSize({ width: 1280, height: HEIGHT });
}

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const results = await page.evaluate<AxeResults>("axe.run()");
  return results.violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${help}: ${html}: ${failureSummary}`),
  );
}
