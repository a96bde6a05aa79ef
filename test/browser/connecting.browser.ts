import { expect, test } from "vitest";
import { browserFor } from "./support/browser.ts";
import { admitFirm, allow, FELIX, heading } from "./support/person.ts";
import { siteForTest } from "./support/site.ts";

test("the setup link leads over Clio's consent to the first key, which is shown this once", async () => {
  const site = await siteForTest();
  const context = await browserFor(site);
  const page = await admitFirm(site, context);
  expect(await heading(page, "Hollis & Vance LLP", 1).count()).toBe(1);
  const key = await page.locator("#bearer-key").textContent();
  expect(key).toMatch(/^ccr_[0-9a-f]{12}_[\w-]{43}$/);
  expect(await page.getByText("it is shown this once").isVisible()).toBe(true);

  const answer = await fetch(`${site.service.url}/lookup-contact?phone=%2B14155550171`, {
    headers: { authorization: `Bearer ${key}` },
  });
  expect(await answer.json()).toMatchObject({ found: true });

  await page.reload();
  expect(await page.locator("#bearer-key").count()).toBe(0);
  expect(await page.content()).not.toContain(key);
});

test("the steps for a new firm are on the page until Upfirst has asked for the first time", async () => {
  const site = await siteForTest();
  const page = await admitFirm(site, await browserFor(site));
  expect(await heading(page, "What to do next").count()).toBe(1);
  expect(await page.getByText("Variable: name").first().isVisible()).toBe(true);

  const key = await page.locator("#bearer-key").textContent();
  await fetch(`${site.service.url}/lookup-contact?phone=%2B14155550171`, {
    headers: { authorization: `Bearer ${key}` },
  });
  await expect
    .poll(async () => {
      await page.reload();
      return heading(page, "What to do next").count();
    })
    .toBe(0);
  expect(await page.getByText("Variable: name").first().isVisible()).toBe(false);
  await heading(page, "Route the call").click();
  expect(await page.getByText("Variable: name").first().isVisible()).toBe(true);
});

test("before a firm is admitted, nobody gets in without the setup link", async () => {
  const site = await siteForTest();
  const page = await (await browserFor(site)).newPage();
  const answer = await page.goto(`${site.service.url}/setup`);
  expect(answer?.status()).toBe(403);
  expect(await heading(page, "This service isn't set up yet").count()).toBe(1);
});

test("declining consent connects nobody, and the page leads back", async () => {
  const site = await siteForTest();
  const page = await (await browserFor(site)).newPage();
  await page.goto(site.setupLink);
  await page.getByRole("button", { name: "Decline" }).click();
  expect(await heading(page, "Access was declined").count()).toBe(1);
  expect(page.url()).toContain(site.service.url);

  await page.getByRole("link", { name: "Connect again" }).click();
  await allow(page, FELIX);
  expect(await heading(page, "Hollis & Vance LLP", 1).count()).toBe(1);
});

test("disconnecting asks once more, and then the service knows nothing of the user", async () => {
  const site = await siteForTest();
  const page = await admitFirm(site, await browserFor(site));
  const userId = site.sandbox.firms[0]?.users.find(({ name }) => name === FELIX)?.id ?? 0;
  expect(site.sandbox.customActions.of(userId)).toHaveLength(5);

  const certain = page.getByRole("button", { name: `Disconnect ${FELIX}` });
  expect(await certain.isVisible()).toBe(false);
  await page.getByText("Disconnect…").click();
  await certain.click();
  expect(await heading(page, "You are disconnected").count()).toBe(1);
  expect(site.sandbox.customActions.of(userId)).toEqual([]);
  await page.getByRole("link", { name: "Connect again" }).click();
  expect(page.url()).toContain(`${site.sandbox.url}/oauth/authorize`);
});

test("signing out forgets this browser alone", async () => {
  const site = await siteForTest();
  const page = await admitFirm(site, await browserFor(site));
  await page.getByRole("button", { name: "Sign out" }).click();
  expect(await heading(page, "You are signed out").count()).toBe(1);
  await page.getByRole("link", { name: "Sign in again" }).click();
  expect(page.url()).toContain("/oauth/authorize");
  await allow(page, FELIX);
  expect(page.url()).toBe(`${site.service.url}/setup`);
});
