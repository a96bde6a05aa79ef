import { createHmac, randomBytes } from "node:crypto";
import supertest from "supertest";
import { describe, expect, it } from "vitest";
import { exampleCases } from "../../sandbox/firms/example-firm.ts";
import { person } from "../../sandbox/firms/firm.ts";
import { metric, mirroredService, until } from "../../testkit/mirror.ts";
import { connectUser } from "../../testkit/service.ts";

const { janeDoe } = exampleCases;
const HOUR = 60 * 60_000;
const DAY = 24 * HOUR;
const PUBLIC_URL = "https://calls.hollisvance.example";

/** A mirrored firm whose webhooks work. */
async function serviceWithWebhooks(options: Parameters<typeof mirroredService>[0] = {}) {
  const mirrored = await mirroredService({ publicUrl: PUBLIC_URL, ...options });
  const { sandbox } = mirrored;
  const clioWebhooks = () => sandbox.webhooks.registry.of(350);
  await until(() => expect(clioWebhooks().map(({ status }) => status)).toEqual(["enabled", "enabled"]));
  await sandbox.webhooks.idle();
  return { ...mirrored, clioWebhooks, found: (phone: string) => contactWith(mirrored, phone) };
}

async function contactWith({ ask }: Pick<Awaited<ReturnType<typeof mirroredService>>, "ask">, phone: string) {
  return (await ask("/lookup-contact", { phone })).body.data?.id ?? null;
}

describe("webhooks", () => {
  it("are created for contacts and matters, for nearly as long as Clio allows", async () => {
    const { clioWebhooks, clock } = await serviceWithWebhooks();
    expect(clioWebhooks().map(({ model, events, fields }) => ({ model, events, fields }))).toEqual([
      { model: "contact", events: ["created", "updated", "deleted"], fields: "id" },
      {
        model: "matter",
        events: ["created", "updated", "deleted", "matter_opened", "matter_pended", "matter_closed"],
        fields: "id",
      },
    ]);
    for (const { url, expires_at } of clioWebhooks()) {
      expect(url).toMatch(/^https:\/\/calls\.hollisvance\.example\/webhooks\/clio\/[\w-]{22}$/);
      expect(Date.parse(expires_at) - clock.now).toBeGreaterThan(29 * DAY);
    }
  });

  it("bring additions, changes and deletions without a poll", async () => {
    const { sandbox, found, service, ask } = await serviceWithWebhooks();
    const changes = sandbox.changes();
    changes.addContact(person(2_700_000_001, "Nora Quill", { phones: ["(415) 555-0188"] }));
    await until(async () => {
      const { body } = await ask("/lookup-contact", { phone: "+14155550188" });
      expect(body.data?.id).toBe(2_700_000_001);
    });
    changes.matter(janeDoe.matterId, { responsible_staff_id: 351 });
    await until(async () => {
      const { body } = await ask("/route-call", { caller_id: janeDoe.phone });
      expect(body.data.responsible_staff.id).toBe(351);
    });
    changes.removeContact(janeDoe.contactId);
    await until(async () => expect(await found(janeDoe.phone)).toBe(null));
    // Her matter stays, as it does in Clio, but has no client.
    const { body } = await ask("/responsible-staff", { clio_contact_id: janeDoe.contactId });
    expect(body).toMatchObject({ found: false, matters: [] });
    expect(await metric(service, 'clio_webhook_deliveries_total{outcome="noted"}')).toBe(3);
  });

  it("bring a change although unknown callers have used up their share of Clio's requests", async () => {
    const { sandbox, ask, found } = await serviceWithWebhooks();
    for (let at = 0; at < 50; at += 1)
      await ask("/lookup-contact", { phone: `+1415555${String(9_000 + at)}` });
    sandbox.changes().addContact(person(2_700_000_001, "Nora Quill", { phones: ["(415) 555-0188"] }));
    await until(async () => expect(await found("+14155550188")).toBe(2_700_000_001));
  });

  it("leave no outdated state when they arrive late, repeated and out of order", async () => {
    const { sandbox, ask } = await serviceWithWebhooks();
    sandbox.webhooks.hold();
    const changes = sandbox.changes();
    for (const staff of [351, 352, 353, 354])
      changes.matter(janeDoe.matterId, { responsible_staff_id: staff });
    for (let at = 0; at < 30; at += 1)
      changes.contact(janeDoe.contactId, { first_name: at % 2 === 0 ? "Jane" : "Joan" });
    sandbox.webhooks.release({ order: "shuffled", times: 3 });
    await sandbox.webhooks.idle();
    expect(sandbox.webhooks.deliveries.every(({ status }) => status === 200)).toBe(true);
    await until(async () => {
      const { body } = await ask("/route-call", { caller_id: janeDoe.phone });
      expect(body.data.responsible_staff.id).toBe(354);
      expect(body.data.contact.first_name).toBe("Joan");
    });
  });

  it("lead to one request for many changes", async () => {
    const { sandbox, found } = await serviceWithWebhooks();
    sandbox.webhooks.hold();
    const added = Array.from({ length: 120 }, (_, at) =>
      person(2_700_000_001 + at, "Nora Quill", { phones: [`(415) 555-${String(1000 + at)}`] }),
    );
    for (const contact of added) sandbox.changes().addContact(contact);
    const before = sandbox.counts.get("/api/v4/contacts") ?? 0;
    sandbox.webhooks.release();
    await sandbox.webhooks.idle();
    await until(async () => expect(await found("+14155551119")).toBe(2_700_000_120));
    expect((sandbox.counts.get("/api/v4/contacts") ?? 0) - before).toBeLessThan(40);
  });

  it("are extended before they expire, and replaced if Clio has lost or suspended them", async () => {
    const { clioWebhooks, sandbox, clock } = await serviceWithWebhooks();
    const [contact, matter] = clioWebhooks();
    clock.now += 21 * DAY;
    await until(() => {
      expect(clioWebhooks().map(({ id }) => id)).toEqual([contact?.id, matter?.id]);
      for (const { expires_at } of clioWebhooks())
        expect(Date.parse(expires_at) - clock.now).toBeGreaterThan(29 * DAY);
    });
    if (contact) sandbox.webhooks.registry.delete(contact);
    if (matter) sandbox.webhooks.registry.suspend(matter);
    await until(() => {
      // Repeatedly, because an earlier check may just be ending.
      clock.now += HOUR;
      expect(clioWebhooks().map(({ model, status }) => [model, status])).toEqual([
        ["contact", "enabled"],
        ["matter", "enabled"],
      ]);
      expect(clioWebhooks().map(({ id }) => id)).not.toContain(matter?.id);
    });
  });

  it("follow PUBLIC_URL, and are deleted if it isn't HTTPS", async () => {
    const { clioWebhooks, restart } = await serviceWithWebhooks();
    await restart({ PUBLIC_URL: "https://router.hollisvance.example" });
    await until(() => {
      expect(clioWebhooks().map(({ url, status }) => [new URL(url).host, status])).toEqual([
        ["router.hollisvance.example", "enabled"],
        ["router.hollisvance.example", "enabled"],
      ]);
    });
    await restart({ PUBLIC_URL: "http://127.0.0.1:3000" });
    await until(() => expect(clioWebhooks()).toEqual([]));
  });

  it("are deleted with the last user, and with DIRECTORY=live", async () => {
    const live = await serviceWithWebhooks();
    await live.restart({ DIRECTORY: "live" });
    await until(() => expect(live.clioWebhooks()).toEqual([]));

    const other = await serviceWithWebhooks();
    const service = await other.restart();
    const { browser, page } = await connectUser(service, { userId: 350 });
    const csrf = /name="csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? "";
    const response = await browser.post("/setup/disconnect").type("form").send({ csrf });
    expect(response.status).toBe(200);
    expect(other.clioWebhooks()).toEqual([]);
  });

  it("work with a handshake that arrives before Clio's response", async () => {
    const mirrored = await mirroredService({
      publicUrl: PUBLIC_URL,
      sandbox: { webhooks: { handshake: "before" } },
    });
    await until(() =>
      expect(mirrored.sandbox.webhooks.registry.of(350).map(({ status }) => status)).toEqual([
        "enabled",
        "enabled",
      ]),
    );
  });
});

describe("POST /webhooks/clio/…", () => {
  it("answers unsigned requests with 401 and changes nothing", async () => {
    const { clioWebhooks, service, sandbox, ask } = await serviceWithWebhooks();
    const [webhook] = clioWebhooks();
    const path = new URL(webhook?.url ?? "").pathname;
    const body = JSON.stringify({
      data: { id: janeDoe.contactId },
      meta: { event: "deleted", webhook_id: webhook?.id },
    });
    const sign = (secret: string, text: string) => createHmac("sha256", secret).update(text).digest("hex");
    const post = (to: string, headers: Record<string, string>, content = body) =>
      supertest(service.url)
        .post(to)
        .set({ "content-type": "application/json", ...headers })
        .send(content);

    const forged = [
      post(path, {}),
      post(path, { "X-Hook-Signature": "" }),
      post(path, { "X-Hook-Signature": sign("guessed", body) }),
      post(path, { "X-Hook-Signature": sign("", body) }),
      post(path, { "X-Hook-Secret": "attacker's secret" }),
      post(path, { "X-Hook-Secret": "" }),
      post(`/webhooks/clio/${randomBytes(16).toString("base64url")}`, { "X-Hook-Secret": "mine" }),
      post(`/webhooks/clio/${randomBytes(16).toString("base64url")}`, {
        "X-Hook-Signature": sign("x", body),
      }),
      post(path, { "X-Hook-Signature": sign("x", body) }, `{"pad":"${"a".repeat(300_000)}"}`),
      post(path, { "content-encoding": "gzip" }),
    ];
    for (const { status, body: problem } of await Promise.all(forged))
      expect([status, problem.code]).toEqual([401, "unauthorized"]);
    expect((await supertest(service.url).post("/webhooks/clio/%E0%A4%A")).status).toBe(400);
    expect((await supertest(service.url).get(path)).status).toBe(405);
    expect(await metric(service, 'clio_webhook_deliveries_total{outcome="noted"}')).toBe(null);
    expect(sandbox.requests.filter(({ path: requested }) => requested.includes("ids"))).toEqual([]);
    expect((await ask("/lookup-contact", { phone: janeDoe.phone })).body.data.id).toBe(janeDoe.contactId);
    // The secret from the handshake is still valid.
    sandbox.changes().removeContact(janeDoe.contactId);
    await sandbox.webhooks.idle();
    expect(sandbox.webhooks.deliveries.at(-1)?.status).toBe(200);
  });

  it("accepts repeated deliveries without harm", async () => {
    const { sandbox, ask, service } = await serviceWithWebhooks();
    sandbox.webhooks.repeat = 5;
    sandbox.changes().contact(janeDoe.contactId, { title: "Dr" });
    await sandbox.webhooks.idle();
    expect(sandbox.webhooks.deliveries.slice(-5).map(({ status }) => status)).toEqual([
      200, 200, 200, 200, 200,
    ]);
    expect((await ask("/lookup-contact", { phone: janeDoe.phone })).body.data.id).toBe(janeDoe.contactId);
    expect(await metric(service, 'clio_webhook_deliveries_total{outcome="noted"}')).toBe(5);
  });
});
