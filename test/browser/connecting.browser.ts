import { expect, test } from "vitest";
import { browserFor } from "./support/browser.ts";
import { admitFirm, allow, FELIX, heading } from "./support/person.ts";
import { siteForTest } from "./support/site.ts";

test("after the setup link and Clio's consent, the first key is shown once", async () => {
  const site = await siteForTest();
  const context = await browserFor(site);
  const page = await admitFirm(site, context);
  expect(await heading(page, "Hollis & Vance LLP", 1).count()).toBe(1);
  const key = await page.locator("#bearer-key").textContent();
  expect(key).toMatch(/^ccr_[0-9a-f]{12}_[\w-]{43}$/);
  expect(await page.getByText("It is shown only once").isVisible()).toBe(true);

  const answer = await fetch(`${site.service.url}/lookup-contact?phone=%2B14155550171`, {
    headers: { authorization: `Bearer ${key}` },
  });
  expect(await answer.json()).toMatchObject({ found: true });

  await page.reload();
  expect(await page.locator("#bearer-key").count()).toBe(0);
  expect(await page.content()).not.toContain(key);
});

test("the next steps for a new firm are shown until the first request from Upfirst", async () => {
  const site = await siteForTest();
  const page = await admitFirm(site, await browserFor(site));
  expect(await heading(page, "Next steps").count()).toBe(1);
  expect(await page.getByText("The caller ID, with country code.").first().isVisible()).toBe(true);

  const key = await page.locator("#bearer-key").textContent();
  await fetch(`${site.service.url}/lookup-contact?phone=%2B14155550171`, {
    headers: { authorization: `Bearer ${key}` },
  });
  await expect
    .poll(async () => {
      await page.reload();
      return heading(page, "Next steps").count();
    })
    .toBe(0);
  expect(await page.getByText("The caller ID, with country code.").first().isVisible()).toBe(false);
  await heading(page, "Route the call").click();
  expect(await page.getByText("The caller ID, with country code.").first().isVisible()).toBe(true);
});

test("before a firm is admitted, users need the setup link", async () => {
  const site = await siteForTest();
  const page = await (await browserFor(site)).newPage();
  const answer = await page.goto(`${site.service.url}/setup`);
  expect(answer?.status()).toBe(403);
  expect(await heading(page, "This service isn't set up yet").count()).toBe(1);
});

test("declining consent connects no one, and the page offers another try", async () => {
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

test("disconnecting asks for confirmation and then forgets the user", async () => {
  const site = await siteForTest();
  const page = await admitFirm(site, await browserFor(site));
  const userId = site.sandbox.firms[0]?.users.find(({ name }) => name === FELIX)?.id ?? 0;
  expect(site.sandbox.customActions.of(userId)).toHaveLength(5);

  const confirm = page.getByRole("button", { name: `Disconnect ${FELIX}` });
  expect(await confirm.isVisible()).toBe(false);
  await page.getByText("Disconnect…").click();
  await confirm.click();
  expect(await heading(page, "You are disconnected").count()).toBe(1);
  expect(site.sandbox.customActions.of(userId)).toEqual([]);
  await page.getByRole("link", { name: "Connect again" }).click();
  expect(page.url()).toContain(`${site.sandbox.url}/oauth/authorize`);
});

test("signing out affects this browser only", async () => {
  const site = await siteForTest();
  const page = await admitFirm(site, await browserFor(site));
  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  expect(await heading(page, "You are signed out").count()).toBe(1);
  await page.getByRole("link", { name: "Sign in again" }).click();
  expect(page.url()).toContain("/oauth/authorize");
  await allow(page, FELIX);
  expect(page.url()).toBe(`${site.service.url}/setup`);
});
