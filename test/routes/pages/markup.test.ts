import { expect, test } from "vitest";
import { exampleCases as cases, exampleFirm } from "../../../sandbox/firms/example-firm.ts";
import {
  connectUser,
  consent,
  pathOf,
  SETUP_TOKEN,
  sandboxForTest,
  serviceForTest,
} from "../../../testkit/service.ts";

const MARKUP = `"><script>alert(1)</script><img src=x onerror=alert(2)>'`;
const LINES = `${MARKUP}\r\nX-Injected: 1`;

test("escapes Clio's names, descriptions and labels on every page, and keeps them out of headers", async () => {
  const firm = exampleFirm();
  firm.account.name = LINES;
  for (const user of firm.users) {
    user.name = `${user.name} ${LINES}`;
    user.email = `${MARKUP}@x.example`;
    user.phone_number = `${user.phone_number} ${MARKUP}`;
  }
  for (const contact of firm.contacts) contact.name = LINES;
  for (const matter of firm.matters) {
    matter.display_number = `${matter.number} ${LINES}`;
    matter.description = LINES;
  }
  for (const filed of [...(firm.documents ?? []), ...(firm.folders ?? [])]) filed.name = LINES;

  const sandbox = await sandboxForTest({ firms: [firm] });
  const env = { CUSTOM_ACTION_RECORDS: "matters,contacts,activities,documents,folders" };
  const service = await serviceForTest(sandbox.url, { env });
  const [me, other] = firm.users;
  const { browser, page } = await connectUser(service, { userId: me?.id ?? 0, setup: SETUP_TOKEN });
  const csrf = /name="csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? "";
  const click = (path: string) =>
    pathOf(sandbox.click({ userId: me?.id ?? 0, subjectPath: `/api/v4/${path}` }));
  const document = firm.documents?.[0]?.id ?? 0;

  const pages = [
    page,
    await browser.get("/transfer-rules"),
    await browser.get(click(`matters/${cases.janeDoe.matterId}`)),
    await browser.get(click(`matters/${cases.disabledStaff.matterId}`)),
    await browser.get(click(`contacts/${cases.severalMatters.contactId}`)),
    await browser.get(click(`documents/${document}`)),
    await browser.post("/setup/keys").type("form").send({ csrf, name: MARKUP }),
    await browser
      .post("/setup/try")
      .type("form")
      .send({ csrf, number: cases.janeDoe.phone, name: MARKUP, matter: MARKUP }),
    await browser.get("/clio-action").query({ user_id: MARKUP, subject_url: MARKUP }),
    await browser.get(`/oauth/callback?error=${encodeURIComponent(MARKUP)}&state=x`),
  ];
  // The wrong user signs in for a click, and the page names both.
  const clicked = service.browser();
  const foreign = `/clio-action?custom_action_id=1&user_id=${other?.id}&subject_url=/api/v4/matters/1&custom_action_nonce=x`;
  const sent = await clicked.get(foreign);
  pages.push(
    await clicked.get(await consent(clicked, { userId: me?.id ?? 0, start: sent.headers.location ?? "" })),
  );
  // A user who isn't an administrator sees who is, and the history has everyone's names.
  pages.push((await connectUser(service, { userId: firm.users[2]?.id ?? 0 })).page);
  pages.push(await browser.get("/setup"));
  pages.push(await browser.post("/setup/disconnect").type("form").send({ csrf }));

  let escaped = 0;
  for (const { text, type, headers } of pages) {
    expect(type).toBe("text/html");
    expect(text).not.toContain("<script>alert");
    expect(text).not.toContain("<img");
    expect(headers["x-injected"]).toBeUndefined();
    if (text.includes("&lt;script&gt;alert(1)")) escaped += 1;
  }
  expect(escaped).toBeGreaterThan(9);
});
