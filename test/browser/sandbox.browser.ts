import { test } from "vitest";
import { calendarCases } from "../../sandbox/firms/example-calendars.ts";
import { exampleCases as cases } from "../../sandbox/firms/example-firm.ts";
import { apiOf } from "../sandbox/client.ts";
import { checkAppearance } from "./support/appearance.ts";
import { browserFor } from "./support/browser.ts";
import { FELIX, signInToClio } from "./support/person.ts";
import { siteForTest } from "./support/site.ts";

test("the pages of the stand-in for Clio", async () => {
  const site = await siteForTest();
  const api = apiOf(site.sandbox);
  const { janeDoe, opposingCounsel } = cases;
  await api("communications", "POST", {
    type: "PhoneCommunication",
    subject: "Call from Jane Doe",
    body: "Asked about the hearing.",
    matter: { id: janeDoe.matterId },
    senders: [{ id: janeDoe.contactId, type: "Contact" }],
    receivers: [{ id: 350, type: "User" }],
  });
  await api("tasks", "POST", {
    name: "Call Jane Doe back",
    description: "About the hearing.",
    assignee: { id: 350, type: "User" },
    matter: { id: janeDoe.matterId },
  });
  const page = await (await browserFor(site)).newPage();
  await signInToClio(site, page, FELIX);
  await checkAppearance(page, "clio-matters");
  for (const [name, path] of [
    ["matter", `matters/${janeDoe.matterId}`],
    ["related-contact", `contacts/${opposingCounsel.contactId}`],
    ["calendar", `users/${calendarCases.inCourt.userId}`],
  ]) {
    await page.goto(`${site.sandbox.url}/sandbox/${path}`);
    await checkAppearance(page, `clio-${name}`);
  }
});
