import { createHmac } from "node:crypto";
import nock from "nock";
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { createClioClient } from "../../src/clio/client.ts";
import type { ClioAccess } from "../../src/clio/paging.ts";
import { inMemoryRateLimits } from "../../src/clio/rate-limits.ts";
import {
  createWebhook,
  deleteWebhook,
  extendWebhook,
  hasValidSignature,
  listWebhooks,
  WEBHOOK_LIFETIME_MS,
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
  const unused = nock.pendingMocks();
  nock.cleanAll();
  nock.enableNetConnect();
  expect(unused).toEqual([]);
});

/** Clio as one user sees it, and a context for requests to it. */
function connected() {
  const metrics = { clioRequests: { inc() {} } } as unknown as Metrics;
  const client = createClioClient(CLIO, metrics, inMemoryRateLimits());
  const context = startContext(10_000);
  onTestFinished(() => {
    context.close();
    client.close();
  });
  const tokens = {
    getAccessToken: async () => "access-1",
    refreshAccessToken: async () => {
      throw new Error("unexpected token refresh");
    },
  };
  const clio: ClioAccess = { request: (request, context) => client.request(tokens, request, context) };
  return { clio, context };
}

const clioMock = () => nock(CLIO, { reqheaders: { authorization: "Bearer access-1" } });

describe("creating a webhook", () => {
  test.each<["contact" | "matter", string[]]>([
    ["contact", ["created", "updated", "deleted"]],
    ["matter", ["created", "updated", "deleted", "matter_opened", "matter_pended", "matter_closed"]],
  ])("for %ss requests every event, only the ID, and an expiry date", async (model, events) => {
    const { clio, context } = connected();
    const sent: unknown[] = [];
    clioMock()
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

  test("uses Clio's maximum lifetime, with a day to spare", () => {
    expect(WEBHOOK_LIFETIME_MS).toBeLessThan(31 * DAY);
    expect(WEBHOOK_LIFETIME_MS).toBeGreaterThan(3 * DAY);
  });

  const one = { model: "contact", url: URL_OF_ONE, expiresAt: NOON } as const;

  test.each<[string, number, nock.Body, new (...args: never[]) => Error]>([
    ["a missing permission", 403, {}, ClioPermissionError],
    ["an address that Clio rejects", 422, {}, ClioUnprocessableError],
    ["an internal error of Clio", 500, {}, ClioError],
    ["a response without an ID", 201, { data: { url: URL_OF_ONE } }, ClioError],
    ["a response without data", 201, { data: null }, ClioError],
    ["an empty response", 201, "", ClioError],
  ])("fails with %s", async (_, status, body, error) => {
    const { clio, context } = connected();
    clioMock().post(WEBHOOKS).query(true).reply(status, body);
    await expect(createWebhook(clio, one, context)).rejects.toThrow(error);
  });

  test("isn't retried after a 503, which could create a second one", async () => {
    const { clio, context } = connected();
    clioMock().post(WEBHOOKS).query(true).reply(503, {});
    await expect(createWebhook(clio, one, context)).rejects.toThrow(ClioError);
    expect(context.clioRequests).toBe(1);
  });

  test("names the missing permission", async () => {
    const { clio, context } = connected();
    clioMock().post(WEBHOOKS).query(true).reply(403, {});
    await expect(createWebhook(clio, one, context)).rejects.toThrow("Webhooks (write)");
  });
});

describe("extending a webhook", () => {
  test("sends only the new expiry date", async () => {
    const { clio, context } = connected();
    const sent: unknown[] = [];
    clioMock()
      .patch("/api/v4/webhooks/1234.json", (body) => sent.push(body) > 0)
      .query({ fields: FIELDS })
      .reply(200, { data: { id: 1234, status: "enabled" } });
    expect(await extendWebhook(clio, 1234, NOON + 30 * DAY, context)).toBeUndefined();
    expect(sent).toEqual([{ data: { expires_at: "2026-06-30T12:00:00.000Z" } }]);
  });

  test("fails if the webhook no longer exists", async () => {
    const { clio, context } = connected();
    clioMock().patch("/api/v4/webhooks/1234.json").query(true).reply(404, {});
    await expect(extendWebhook(clio, 1234, NOON, context)).rejects.toThrow(NotFoundError);
  });
});

describe("deleting a webhook", () => {
  test.each<[string, number, nock.Body]>([
    ["succeeds with 204", 204, ""],
    ["succeeds with any other 2xx", 200, { data: { id: 1234 } }],
    ["succeeds if it no longer exists", 404, { error: { type: "NotFound" } }],
  ])("%s", async (_, status, body) => {
    const { clio, context } = connected();
    clioMock().delete("/api/v4/webhooks/1234.json", "").reply(status, body);
    expect(await deleteWebhook(clio, 1234, context)).toBeUndefined();
    expect(context.clioRequests).toBe(1);
  });

  test.each<[number, new (...args: never[]) => Error]>([
    [403, ClioPermissionError],
    [422, ClioUnprocessableError],
    [500, ClioError],
  ])("fails with a %i", async (status, error) => {
    const { clio, context } = connected();
    clioMock().delete("/api/v4/webhooks/1234.json").reply(status, {});
    await expect(deleteWebhook(clio, 1234, context)).rejects.toThrow(error);
  });
});

describe("listing webhooks", () => {
  test("reads every page, whatever fields are missing", async () => {
    const { clio, context } = connected();
    clioMock()
      .get(WEBHOOKS)
      .query({ fields: FIELDS, order: "id(asc)", limit: "200" })
      .reply(200, {
        data: [
          { id: 1, url: URL_OF_ONE, status: "enabled", expires_at: "2026-06-30T12:00:00-05:00", etag: '"x"' },
          { id: 2, url: URL_OF_ONE, status: "pending", expires_at: "2026-06-30T12:00:00Z" },
        ],
        meta: { paging: { next: `${CLIO}${WEBHOOKS}?page_token=2` } },
      });
    clioMock()
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
    expect(await listWebhooks(clio, context)).toEqual([
      { id: 1, url: URL_OF_ONE, enabled: true, expiresAt: Date.UTC(2026, 5, 30, 17) },
      { id: 2, url: URL_OF_ONE, enabled: false, expiresAt: Date.UTC(2026, 5, 30, 12) },
      { ...hidden, id: 3, url: "https://elsewhere.example/" },
      { ...hidden, id: 4 },
      { ...hidden, id: 5 },
    ]);
    expect(context.clioRequests).toBe(2);
  });

  test("returns an empty list, or fails", async () => {
    const { clio, context } = connected();
    clioMock().get(WEBHOOKS).query(true).reply(200, { data: [] });
    expect(await listWebhooks(clio, context)).toEqual([]);
    clioMock().get(WEBHOOKS).query(true).reply(403, {});
    await expect(listWebhooks(clio, context)).rejects.toThrow("Webhooks (write)");
    clioMock()
      .get(WEBHOOKS)
      .query(true)
      .reply(200, { data: [{ url: URL_OF_ONE }] });
    await expect(listWebhooks(clio, context)).rejects.toThrow(ClioError);
  });
});

describe("a delivery's signature", () => {
  const SECRET = "a-shared-secret-of-clio";
  const BODY = Buffer.from('{"data":{"id":1},"meta":{"event":"updated","webhook_id":1234}}');
  /** Computed independently of the code under test. */
  const SIGNATURE = "5e904f9dd1c809eb14d08c182f303d1551026f30a88f734653cab7def762c6d5";

  test("is valid in upper and lower case", () => {
    expect(createHmac("sha256", SECRET).update(BODY).digest("hex")).toBe(SIGNATURE);
    expect(hasValidSignature(SECRET, BODY, SIGNATURE)).toBe(true);
    expect(hasValidSignature(SECRET, BODY, SIGNATURE.toUpperCase())).toBe(true);
    expect(hasValidSignature(SECRET, new Uint8Array(BODY), SIGNATURE)).toBe(true);
  });

  test.each<[string, secret: string, body: Uint8Array, signature: string]>([
    ["missing", SECRET, BODY, ""],
    ["cut short", SECRET, BODY, SIGNATURE.slice(0, -1)],
    ["half of the right one", SECRET, BODY, SIGNATURE.slice(0, 32)],
    ["followed by another character", SECRET, BODY, `${SIGNATURE}0`],
    ["preceded by a space", SECRET, BODY, ` ${SIGNATURE}`],
    ["preceded by the algorithm's name", SECRET, BODY, `sha256=${SIGNATURE}`],
    [
      "different in one letter",
      SECRET,
      BODY,
      `${SIGNATURE.startsWith("0") ? "1" : "0"}${SIGNATURE.slice(1)}`,
    ],
    ["all zeros", SECRET, BODY, "0".repeat(64)],
    ["encoded as base64", SECRET, BODY, Buffer.from(SIGNATURE, "hex").toString("base64")],
    ["computed with an empty key", SECRET, BODY, createHmac("sha256", "").update(BODY).digest("hex")],
    ["made with another secret", `${SECRET} `, BODY, SIGNATURE],
    ["checked with an empty secret", "", BODY, SIGNATURE],
    ["of another body", SECRET, Buffer.concat([BODY, Buffer.from("\n")]), SIGNATURE],
    ["checked with an empty body", SECRET, new Uint8Array(), SIGNATURE],
    ["the secret itself", SECRET, BODY, SECRET],
  ])("is invalid if it is %s", (_, secret, body, signature) => {
    expect(hasValidSignature(secret, body, signature)).toBe(false);
  });

  test("is computed from bytes, not from text", () => {
    const bytes = new Uint8Array([0xff, 0xfe, 0x00, 0x80]);
    const signature = createHmac("sha256", SECRET).update(bytes).digest("hex");
    expect(hasValidSignature(SECRET, bytes, signature)).toBe(true);
    expect(hasValidSignature(SECRET, Buffer.from(Buffer.from(bytes).toString("utf8")), signature)).toBe(
      false,
    );
  });
});
