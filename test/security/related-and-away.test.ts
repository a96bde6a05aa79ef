import { describe, expect, test } from "vitest";
import { exampleCases as cases, exampleFirm } from "../../sandbox/firms/example-firm.ts";
import { type MirroredOptions, mirroredService } from "../../testkit/mirror.ts";
import { connectedService, connectUser, pathOf } from "../../testkit/service.ts";

const FELIX = 350;
const STAND_IN = 351;
const NOTE = "Back surgery";
const { spouse, adjuster, opposingCounsel } = cases;

describe.each(["mirror", "live"] as const)("with DIRECTORY=%s", (directory) => {
  const start = async (options: MirroredOptions = {}) =>
    directory === "mirror" ? await mirroredService(options) : await connectedService(options);

  test("a related caller isn't told who the client is, and neither is one who asks for a matter", async () => {
    const { ask, sandbox } = await start();
    const clientsOf = (matterIds: readonly number[]) =>
      matterIds.flatMap((id) => {
        const [firm] = sandbox.firms;
        const matter = firm?.matters.find((one) => one.id === id);
        const client = firm?.contacts.find((contact) => contact.id === matter?.client_id);
        return [client?.first_name, client?.last_name, matter?.display_number, matter?.description];
      });
    for (const [phone, matterIds] of [
      [spouse.phone, [spouse.matterId]],
      [adjuster.phone, [adjuster.matterId]],
      [opposingCounsel.phone, opposingCounsel.matterIds],
    ] as const)
      for (const matter of ["", "the divorce", "42"]) {
        const { body } = await ask("/route-call", { caller_id: phone, ...(matter && { matter }) });
        expect(body.relation).not.toBeNull();
        for (const text of clientsOf(matterIds)) if (text) expect(body.message).not.toContain(text);
        expect(body.message).not.toMatch(/spouse|adjuster|counsel|client/i);
      }
  });

  test("a matter or contact that is restricted in Clio relates no one", async () => {
    const firm = exampleFirm();
    for (const user of firm.users) {
      user.hiddenMatters = new Set([spouse.matterId]);
      user.hiddenContacts = new Set([adjuster.contactId]);
    }
    const { ask } = await start({ sandbox: { firms: [firm] } });
    const wife = (await ask("/route-call", { caller_id: spouse.phone })).body;
    expect(wife).toMatchObject({
      found: false,
      relation: null,
      data: { contact: { id: spouse.contactId }, matter: null, responsible_staff: null },
    });
    const hidden = (await ask("/route-call", { caller_id: adjuster.phone })).body;
    expect(hidden).toMatchObject({ found: false, relation: null, data: { contact: null, matter: null } });
    const { body } = await ask("/responsible-staff", { clio_contact_id: String(adjuster.contactId) });
    expect(body).toMatchObject({ found: false, relation: null, matters: [] });
  });

  test("the note of an absence is on /away, and nowhere else", async () => {
    const { ask, service, sandbox } = await start();
    const { browser } = await connectUser(service, { userId: FELIX });
    const [, csrf = ""] = /name="csrf" value="([^"]+)"/.exec((await browser.get("/away")).text) ?? [];
    const absence = { person_id: FELIX, from_date: "2026-05-01", stand_in_id: STAND_IN, note: NOTE };
    const saved = await browser
      .post("/away/save")
      .type("form")
      .send({ csrf, ...absence });
    expect(saved.status).toBe(303);
    expect((await browser.get("/away")).text).toContain(NOTE);

    const click = pathOf(
      sandbox.click({ userId: FELIX, subjectPath: `/api/v4/matters/${cases.janeDoe.matterId}` }),
    );
    const answer = await ask("/route-call", { caller_id: cases.janeDoe.phone });
    expect(answer.body.away).toMatchObject({ name: "Felix Dubinsky" });
    const responses = [
      answer,
      await ask("/responsible-staff", { clio_contact_id: String(cases.janeDoe.contactId) }),
      await browser.get(click),
      await browser.get("/transfer-rules"),
      await browser.get("/transfer-rules.json"),
      await browser.get("/calls"),
      await browser.get("/setup"),
      await browser.get("/metrics"),
    ];
    for (const { status, text } of responses) {
      expect(status).toBe(200);
      expect(text).not.toContain(NOTE);
    }
    expect(service.logLines.join("\n")).not.toMatch(/surgery/i);
  });
});
