import { describe, expect, it } from "vitest";
import { exampleCases } from "../../sandbox/firms/example-firm.ts";
import { mirroredService, until } from "../../testkit/mirror.ts";

const { janeDoe } = exampleCases;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NEW_PHONE = "+14155550199";

type Mirrored = Awaited<ReturnType<typeof mirroredService>>;

/** The ID of the contact found by a number. */
async function contactWith({ ask }: Mirrored, phone: string): Promise<number | null> {
  return (await ask("/lookup-contact", { phone })).body.data?.id ?? null;
}

describe("without webhooks", () => {
  it("a poll every five minutes brings changes to contacts and matters", async () => {
    const mirrored = await mirroredService();
    const { sandbox, clock, ask } = mirrored;
    const changes = sandbox.changes();
    clock.now += MINUTE;
    const jane = sandbox.firms[0]?.contacts.find(({ id }) => id === janeDoe.contactId);
    changes.contact(janeDoe.contactId, {
      phone_numbers: jane?.phone_numbers.map((each) => ({ ...each, number: "(415) 555-0199" })) ?? [],
    });
    changes.matter(janeDoe.matterId, { responsible_staff_id: 351 });
    // The mirror still has the old number, so Clio isn't asked.
    expect(await contactWith(mirrored, janeDoe.phone)).toBe(janeDoe.contactId);
    clock.now += 5 * MINUTE;
    await until(async () => expect(await contactWith(mirrored, NEW_PHONE)).toBe(janeDoe.contactId));
    await until(async () => expect(await contactWith(mirrored, janeDoe.phone)).toBe(null));
    const { body } = await ask("/responsible-staff", { clio_contact_id: janeDoe.contactId });
    expect(body.data.responsible_staff.id).toBe(351);
  });

  it("a poll brings changes to users, which don't mark their matters as changed", async () => {
    const { sandbox, clock, ask } = await mirroredService();
    sandbox.changes().user(350, { phone_number: "415 555 0145" });
    clock.now += 5 * MINUTE;
    await until(async () => {
      const { body } = await ask("/route-call", { caller_id: janeDoe.phone });
      expect(body.data.responsible_staff.phone_number).toBe("+14155550145");
    });
    sandbox.changes().user(350, { enabled: false });
    clock.now += 5 * MINUTE;
    await until(async () => {
      const { body } = await ask("/route-call", { caller_id: janeDoe.phone });
      expect(body.data.responsible_staff.id).toBe(351);
    });
  });

  it("a poll finds changes although the clocks differ by some minutes", async () => {
    const mirrored = await mirroredService();
    const { sandbox, clock } = mirrored;
    clock.now += 5 * MINUTE;
    await until(() => expect(mirrored.requests()).toBeGreaterThan(6));
    const contact = sandbox.firms[0]?.contacts.find(({ id }) => id === janeDoe.contactId);
    if (!contact) throw new Error("the example has no such contact");
    // Clio's clock is eight minutes behind.
    clock.now -= 8 * MINUTE;
    sandbox.changes().contact(janeDoe.contactId, {
      phone_numbers: contact.phone_numbers.map((each) => ({ ...each, number: "(415) 555-0199" })),
    });
    clock.now += 13 * MINUTE;
    await until(async () => expect(await contactWith(mirrored, NEW_PHONE)).toBe(janeDoe.contactId));
  });

  it("the nightly full sync finds deletions", async () => {
    const mirrored = await mirroredService();
    const { sandbox, clock } = mirrored;
    sandbox.changes().removeContact(janeDoe.contactId);
    clock.now += 30 * MINUTE;
    expect(await contactWith(mirrored, janeDoe.phone)).toBe(janeDoe.contactId);
    clock.now += 37 * HOUR;
    await until(async () => expect(await contactWith(mirrored, janeDoe.phone)).toBe(null));
  });

  it("a user can start a full sync", async () => {
    const mirrored = await mirroredService();
    const { sandbox, browser, service } = mirrored;
    sandbox.changes().removeContact(janeDoe.contactId);
    const { text } = await browser.get("/setup");
    const csrf = /name="csrf" value="([^"]+)"/.exec(text)?.[1] ?? "";
    expect(service.url).toBeTruthy();
    const response = await browser.post("/setup/read-again").type("form").send({ csrf });
    expect([response.status, response.headers.location]).toEqual([303, "/setup#directory"]);
    await until(async () => expect(await contactWith(mirrored, janeDoe.phone)).toBe(null));
  });
});
