import { createHmac } from "node:crypto";
import nock from "nock";
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { createClioClient } from "../../src/clio/client.ts";
import type { ClioAccess } from "../../src/clio/paging.ts";
import { inMemoryRateLimits } from "../../src/clio/rate-limits.ts";
import {
  clioWebhooks,
  createWebhook,
  deleteWebhook,
  extendWebhook,
  MAX_LIFETIME_MS,
  signedWith,
} from "../../src/clio/resources/webhooks.ts";
import { ClioError, ClioPermissionError, ClioUnprocessableError, NotFoundError } from "../../src/errors.ts";
import type { Metrics } from "../../src/runtime/metrics.ts";
import { startContext } from "../../src/runtime/request-context.ts";

const CLIO = "https://app.clio.com";
const WEBHOOKS = "/api/v4/webhooks.json";
const FIELDS = "id,url,status,expires_at";
const DAY = 24 * 60 * 60_000;
const NOON = Date.UTC(2026, 4, 31, 12);
const URL_OF_ONE = "https://router.example/webhooks/clio/AAAAAAAAAAAAAAAAAAAAAA";

beforeEach(() => {
  nock.disableNetConnect();
});
afterEach(() => {
  const unasked = nock.pendingMocks();
  nock.cleanAll();
  nock.enableNetConnect();
  // What a test expects to be asked has to be asked.
  expect(unasked).toEqual([]);
});

/** Clio as one user sees it, and a context to ask it with. */
function connected() {
  const metrics = { clioRequests: { inc() {} } } as unknown as Metrics;
  const client = createClioClient(CLIO, metrics, inMemoryRateLimits());
  const context = startContext(10_000);
  onTestFinished(() => {
    context.close();
    client.close();
  });
  const identity = {
    accessToken: async () => "access-1",
    refreshedToken: async () => {
      throw new Error("nobody asked for another token");
    },
  };
  const clio: ClioAccess = { request: (request, context) => client.request(identity, request, context) };
  return { clio, context };
}

const atClio = () => nock(CLIO, { reqheaders: { authorization: "Bearer access-1" } });

describe("a new webhook", () => {
  test.each<["contact" | "matter", string[]]>([
    ["contact", ["created", "updated", "deleted"]],
    ["matter", ["created", "updated", "deleted", "matter_opened", "matter_pended", "matter_closed"]],
  ])("for %ss is asked for with every event, no content, and an end", async (model, events) => {
    const { clio, context } = connected();
    const sent: unknown[] = [];
    atClio()
      .post(WEBHOOKS, (body) => sent.push(body) > 0)
      .query({ fields: FIELDS })
      .matchHeader("content-type", /^application\/json/)
      .reply(201, {
        data: {
          id: 1234,
          url: URL_OF_ONE,
          status: "pending",
          expires_at: "2026-06-30T12:00:00Z",
          etag: '"x"',
        },
      });
    const expiresAt = NOON + 30 * DAY;
    expect(await createWebhook(clio, { model, url: URL_OF_ONE, expiresAt }, context)).toEqual({
      id: 1234,
      url: URL_OF_ONE,
      enabled: false,
      expiresAt: Date.UTC(2026, 5, 30, 12),
    });
    expect(sent).toEqual([
      { data: { url: URL_OF_ONE, model, events, fields: "id", expires_at: "2026-06-30T12:00:00.000Z" } },
    ]);
    expect(context.clioRequests).toBe(1);
  });

  test("lives as long as Clio allows, with a day to spare", () => {
    expect(MAX_LIFETIME_MS).toBeLessThan(31 * DAY);
    expect(MAX_LIFETIME_MS).toBeGreaterThan(3 * DAY);
  });

  const one = { model: "contact", url: URL_OF_ONE, expiresAt: NOON } as const;

  test.each<[string, number, nock.Body, new (...args: never[]) => Error]>([
    ["a missing permission", 403, {}, ClioPermissionError],
    ["an address that Clio does not take", 422, {}, ClioUnprocessableError],
    ["Clio out of order", 500, {}, ClioError],
    ["an answer without an id", 201, { data: { url: URL_OF_ONE } }, ClioError],
    ["an answer that is none", 201, { data: null }, ClioError],
    ["nothing", 201, "", ClioError],
  ])("fails with %s", async (_, status, body, error) => {
    const { clio, context } = connected();
    atClio().post(WEBHOOKS).query(true).reply(status, body);
    await expect(createWebhook(clio, one, context)).rejects.toThrow(error);
  });

  test("is asked for once, even when Clio was briefly away: there might be two", async () => {
    const { clio, context } = connected();
    atClio().post(WEBHOOKS).query(true).reply(503, {});
    await expect(createWebhook(clio, one, context)).rejects.toThrow(ClioError);
    expect(context.clioRequests).toBe(1);
  });

  test("names the permission that is missing", async () => {
    const { clio, context } = connected();
    atClio().post(WEBHOOKS).query(true).reply(403, {});
    await expect(createWebhook(clio, one, context)).rejects.toThrow("Webhooks (write)");
  });
});

describe("more time for a webhook", () => {
  test("is asked for with the new end alone", async () => {
    const { clio, context } = connected();
    const sent: unknown[] = [];
    atClio()
      .patch("/api/v4/webhooks/1234.json", (body) => sent.push(body) > 0)
      .query({ fields: FIELDS })
      .reply(200, { data: { id: 1234, status: "enabled" } });
    expect(await extendWebhook(clio, 1234, NOON + 30 * DAY, context)).toBeUndefined();
    expect(sent).toEqual([{ data: { expires_at: "2026-06-30T12:00:00.000Z" } }]);
  });

  test("is not to be had for one that Clio has no more", async () => {
    const { clio, context } = connected();
    atClio().patch("/api/v4/webhooks/1234.json").query(true).reply(404, {});
    await expect(extendWebhook(clio, 1234, NOON, context)).rejects.toThrow(NotFoundError);
  });
});

describe("the end of a webhook", () => {
  test.each<[string, number, nock.Body]>([
    ["is Clio's 204", 204, ""],
    ["is any other success", 200, { data: { id: 1234 } }],
    ["is what was wanted when it is gone already", 404, { error: { type: "NotFound" } }],
  ])("%s", async (_, status, body) => {
    const { clio, context } = connected();
    atClio().delete("/api/v4/webhooks/1234.json", "").reply(status, body);
    expect(await deleteWebhook(clio, 1234, context)).toBeUndefined();
    expect(context.clioRequests).toBe(1);
  });

  test.each<[number, new (...args: never[]) => Error]>([
    [403, ClioPermissionError],
    [422, ClioUnprocessableError],
    [500, ClioError],
  ])("fails with a %i", async (status, error) => {
    const { clio, context } = connected();
    atClio().delete("/api/v4/webhooks/1234.json").reply(status, {});
    await expect(deleteWebhook(clio, 1234, context)).rejects.toThrow(error);
  });
});

describe("the webhooks that Clio has", () => {
  test("are read to the last page, whatever is hidden of them", async () => {
    const { clio, context } = connected();
    atClio()
      .get(WEBHOOKS)
      .query({ fields: FIELDS, order: "id(asc)", limit: "200" })
      .reply(200, {
        data: [
          { id: 1, url: URL_OF_ONE, status: "enabled", expires_at: "2026-06-30T12:00:00-05:00", etag: '"x"' },
          { id: 2, url: URL_OF_ONE, status: "pending", expires_at: "2026-06-30T12:00:00Z" },
        ],
        meta: { paging: { next: `${CLIO}${WEBHOOKS}?page_token=2` } },
      });
    atClio()
      .get(WEBHOOKS)
      .query({ page_token: "2" })
      .reply(200, {
        data: [
          { id: 3, url: "https://elsewhere.example/", status: "suspended", expires_at: "soon" },
          { id: 4 },
          { id: 5, url: null, status: null, expires_at: null },
        ],
        meta: { paging: {} },
      });
    const hidden = { url: null, enabled: false, expiresAt: 0 };
    expect(await clioWebhooks(clio, context)).toEqual([
      { id: 1, url: URL_OF_ONE, enabled: true, expiresAt: Date.UTC(2026, 5, 30, 17) },
      { id: 2, url: URL_OF_ONE, enabled: false, expiresAt: Date.UTC(2026, 5, 30, 12) },
      { ...hidden, id: 3, url: "https://elsewhere.example/" },
      { ...hidden, id: 4 },
      { ...hidden, id: 5 },
    ]);
    expect(context.clioRequests).toBe(2);
  });

  test("are none, or not to be had", async () => {
    const { clio, context } = connected();
    atClio().get(WEBHOOKS).query(true).reply(200, { data: [] });
    expect(await clioWebhooks(clio, context)).toEqual([]);
    atClio().get(WEBHOOKS).query(true).reply(403, {});
    await expect(clioWebhooks(clio, context)).rejects.toThrow("Webhooks (write)");
    atClio()
      .get(WEBHOOKS)
      .query(true)
      .reply(200, { data: [{ url: URL_OF_ONE }] });
    await expect(clioWebhooks(clio, context)).rejects.toThrow(ClioError);
  });
});

describe("a delivery's signature", () => {
  const SECRET = "a-shared-secret-of-clio";
  const BODY = Buffer.from('{"data":{"id":1},"meta":{"event":"updated","webhook_id":1234}}');
  /** Made beforehand, by another hand than the code's. */
  const SIGNATURE = "5e904f9dd1c809eb14d08c182f303d1551026f30a88f734653cab7def762c6d5";

  test("is good, in either case of its letters", () => {
    expect(createHmac("sha256", SECRET).update(BODY).digest("hex")).toBe(SIGNATURE);
    expect(signedWith(SECRET, BODY, SIGNATURE)).toBe(true);
    expect(signedWith(SECRET, BODY, SIGNATURE.toUpperCase())).toBe(true);
    expect(signedWith(SECRET, new Uint8Array(BODY), SIGNATURE)).toBe(true);
  });

  test.each<[string, secret: string, body: Uint8Array, signature: string]>([
    ["none", SECRET, BODY, ""],
    ["one that is cut", SECRET, BODY, SIGNATURE.slice(0, -1)],
    ["half of it", SECRET, BODY, SIGNATURE.slice(0, 32)],
    ["one with more behind it", SECRET, BODY, `${SIGNATURE}0`],
    ["one with a space", SECRET, BODY, ` ${SIGNATURE}`],
    ["one with a name before it", SECRET, BODY, `sha256=${SIGNATURE}`],
    ["one letter changed", SECRET, BODY, `${SIGNATURE.startsWith("0") ? "1" : "0"}${SIGNATURE.slice(1)}`],
    ["zeros", SECRET, BODY, "0".repeat(64)],
    ["base64 of it", SECRET, BODY, Buffer.from(SIGNATURE, "hex").toString("base64")],
    ["the body's digest without a key", SECRET, BODY, createHmac("sha256", "").update(BODY).digest("hex")],
    ["that of another secret", `${SECRET} `, BODY, SIGNATURE],
    ["that of no secret", "", BODY, SIGNATURE],
    ["that of another body", SECRET, Buffer.concat([BODY, Buffer.from("\n")]), SIGNATURE],
    ["that of no body", SECRET, new Uint8Array(), SIGNATURE],
    ["the secret", SECRET, BODY, SECRET],
  ])("is wrong when it is %s", (_, secret, body, signature) => {
    expect(signedWith(secret, body, signature)).toBe(false);
  });

  test("is made over bytes, not over text", () => {
    const bytes = new Uint8Array([0xff, 0xfe, 0x00, 0x80]);
    const signature = createHmac("sha256", SECRET).update(bytes).digest("hex");
    expect(signedWith(SECRET, bytes, signature)).toBe(true);
    expect(signedWith(SECRET, Buffer.from(Buffer.from(bytes).toString("utf8")), signature)).toBe(false);
  });
});
