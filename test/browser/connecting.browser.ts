import { expect, test } from "vitest";
import { browserFor } from "./support/browser.ts";
import { admitFirm, allow, FELIX, heading } from "./support/person.ts";
import { siteForTest } from "./support/site.ts";

test("after the setup link and Clio's consent, the first key is shown until it is saved", async () => {
  const site = await siteForTest();
  const context = await browserFor(site);
  const page = await admitFirm(site, context);
  expect(await heading(page, "Hollis & Vance LLP", 1).count()).toBe(1);
  const key = await page.locator("#bearer-key").textContent();
  expect(key).toMatch(/^ccr_[0-9a-f]{12}_[\w-]{43}$/);

  const answer = await fetch(`${site.service.url}/lookup-contact?phone=%2B14155550171`, {
    headers: { authorization: `Bearer ${key}` },
  });
  expect(await answer.json()).toMatchObject({ found: true });

  await page.getByRole("navigation").getByRole("link", { name: "Transfer rules" }).click();
  await page.getByRole("navigation").getByRole("link", { name: "Setup" }).click();
  expect(await page.locator("#bearer-key").textContent()).toBe(key);
  await page.getByText("I've saved it").or(page.getByText("I've saved the key")).first().click();
  await page.waitForURL("**/setup");
  expect(await page.locator("#bearer-key").count()).toBe(0);
  expect(await page.content()).not.toContain(key);
});

test("a new key disappears from an open page after ten minutes", async () => {
  const site = await siteForTest();
  const context = await browserFor(site);
  const page = await admitFirm(site, context);
  await page.clock.install();
  await page.reload();
  const key = (await page.locator("#bearer-key").textContent()) ?? "";
  expect((await page.content()).split(key).length).toBeGreaterThan(3);
  await page.clock.runFor(10 * 60_000);
  expect(await page.content()).not.toContain(key);
  expect(await page.getByText("Your firm's key").first().isVisible()).toBe(true);
});

for (const javaScriptEnabled of [true, false])
  test(`the steps lead to the first call, which appears ${javaScriptEnabled ? "by itself" : "after a reload without JavaScript"}`, async () => {
    const site = await siteForTest();
    const page = await admitFirm(site, await browserFor(site, { javaScriptEnabled }));
    const key = await page.locator("#bearer-key").textContent();
    const call = () =>
      fetch(`${site.service.url}/route-call?caller_id=%2B14155550171`, {
        headers: { authorization: `Bearer ${key}` },
      });
    const seen = (text: string) =>
      expect
        .poll(async () => {
          if (!javaScriptEnabled) await page.reload();
          return page.locator(".latest").getByText(text).isVisible();
        })
        .toBe(true);
    const action = page.getByText("Then click Run test in Upfirst");
    const rules = page.getByRole("link", { name: "Open the transfer rules" });
    expect([await action.isVisible(), await rules.isVisible()]).toEqual([true, false]);
    await call();
    await seen("The call was routed to Felix Dubinsky.");
    await expect.poll(() => rules.isVisible()).toBe(true);
    // The form stays open where it is still being filled in.
    expect(await action.isVisible()).toBe(javaScriptEnabled);

    await rules.click();
    await page.getByRole("navigation").getByRole("link", { name: "Setup" }).click();
    await page.getByRole("button", { name: "I've added the rules I need" }).click();
    await page.getByText("Call your Upfirst number").waitFor();
    await call();
    await seen("Calls are coming in.");
    if (javaScriptEnabled) await page.getByRole("link", { name: "Show your firm's status" }).click();
    await heading(page, "Status").waitFor();
    expect(await heading(page, "Set up call routing").count()).toBe(0);
    expect(await action.isVisible()).toBe(false);
    await heading(page, "Custom actions for Upfirst").click();
    expect(await action.isVisible()).toBe(true);
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
