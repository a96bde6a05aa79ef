import { mkdir } from "node:fs/promises";
import axe from "axe-core";
import type { Page } from "playwright-core";
import { expect } from "vitest";

const FOLDER = "screenshots";
const HEIGHT = 800;

/** Every page is looked at in these. 640 is what a window of 1280 has left at a zoom of 200 %. */
const LOOKS = [
  { look: "light", width: 1280, colorScheme: "light" },
  { look: "dark", width: 1280, colorScheme: "dark" },
  { look: "640", width: 640, colorScheme: "light" },
  { look: "360", width: 360, colorScheme: "light" },
  { look: "360-dark", width: 360, colorScheme: "dark" },
] as const;

/** Narrower than any phone: nothing may have to be scrolled sideways (WCAG 1.4.10). */
const NARROWEST = 320;

interface AxeResults {
  violations: { id: string; help: string; nodes: { html: string; failureSummary?: string }[] }[];
}

/** Takes a picture of the page in every look, for a person to judge; axe finds nothing, and nothing is too wide. */
export async function lookAt(page: Page, name: string): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  for (const { look, width, colorScheme } of LOOKS) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.setViewportSize({ width, height: HEIGHT });
    await page.screenshot({ path: `${FOLDER}/${name}-${look}.png`, fullPage: true });
    expect(await violations(page), `${name}, ${look}`).toEqual([]);
  }
  await page.setViewportSize({ width: NARROWEST, height: HEIGHT });
  expect(await page.evaluate("document.documentElement.scrollWidth"), name).toBeLessThanOrEqual(NARROWEST);
  await page.setViewportSize({ width: 1280, height: HEIGHT });
}

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const results = await page.evaluate<AxeResults>("axe.run()");
  return results.violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${help}: ${html}: ${failureSummary}`),
  );
}
