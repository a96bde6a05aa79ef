import { describe, expect, test } from "vitest";
import type { Fault } from "../../sandbox/fault-injector.ts";
import { exampleCases } from "../../sandbox/firms/example-firm.ts";
import { person, user } from "../../sandbox/firms/firm.ts";
import { connectedService } from "../../testkit/service.ts";

const CONTACTS = "/api/v4/contacts";
const jane = { phone: exampleCases.janeDoe.phone };

describe("errors from Clio", () => {
  test.each<[string, Fault]>([
    ["a 502", { path: CONTACTS, kind: "status", status: 502 }],
    ["a 503", { path: CONTACTS, kind: "status", status: 503 }],
    ["a 504", { path: CONTACTS, kind: "status", status: 504 }],
    ["a connection reset", { path: CONTACTS, kind: "reset" }],
  ])("%s is retried at most twice", async (_, fault) => {
    const { sandbox, ask } = await connectedService();
    sandbox.fault({ ...fault, times: 2 });
    expect((await ask("/lookup-contact", jane)).body.found).toBe(true);

    sandbox.counts.clear();
    sandbox.fault({ ...fault, times: 3 });
    const response = await ask("/lookup-contact", jane);
    expect([response.status, response.body.code]).toEqual([502, "clio_error"]);
    expect(sandbox.counts.get(CONTACTS)).toBe(3);
  });

  test.each<[string, Fault]>([
    ["a 500", { path: CONTACTS, kind: "status", status: 500 }],
    ["broken JSON", { path: CONTACTS, kind: "broken_json" }],
    ["JSON of another shape", { path: CONTACTS, kind: "wrong_shape" }],
  ])("%s is clio_error and isn't retried", async (_, fault) => {
    const { sandbox, ask } = await connectedService();
    sandbox.counts.clear();
    sandbox.fault(fault);
    const response = await ask("/lookup-contact", jane);
    expect([response.status, response.body.code]).toEqual([502, "clio_error"]);
    expect(response.type).toBe("application/problem+json");
    expect(sandbox.counts.get(CONTACTS)).toBe(1);
  });

  test.each<[string, Fault]>([
    ["hangs", { path: CONTACTS, kind: "hang" }],
    ["hangs in the middle of its response", { path: CONTACTS, kind: "hang_body" }],
  ])(
    "when Clio %s, the deadline ends the request, and other requests are answered meanwhile",
    async (_, fault) => {
      const { sandbox, ask } = await connectedService({ env: { ANSWER_DEADLINE_MS: "300" } });
      sandbox.fault(fault);
      const hanging = ask("/lookup-contact", jane).then((response) => response);
      await expect.poll(() => sandbox.requests.at(-1)?.path).toContain(CONTACTS);
      expect((await ask("/lookup-contact", { phone: exampleCases.extension.phone })).body.found).toBe(true);
      const response = await hanging;
      expect([response.status, response.body.code]).toEqual([504, "clio_timeout"]);
    },
  );

  test("an unreachable Clio is clio_error", async () => {
    const { sandbox, ask } = await connectedService();
    await sandbox.close();
    const response = await ask("/lookup-contact", jane);
    expect([response.status, response.body.code]).toEqual([502, "clio_error"]);
  });

  test("the error names a missing permission", async () => {
    const { ask, sandbox } = await connectedService();
    sandbox.firms[0]?.users[0]?.permissions.delete("contacts");
    const response = await ask("/lookup-contact", jane);
    expect([response.status, response.body.code]).toEqual([503, "clio_permission"]);
    expect(response.body.detail).toContain("Contacts (read)");
  });
});

describe("Clio's rate limit", () => {
  test("waits out a 429 that ends before the deadline, and passes on any other", async () => {
    const { sandbox, ask } = await connectedService();
    sandbox.fault({ path: CONTACTS, kind: "status", status: 429, retryAfter: 1 });
    expect((await ask("/lookup-contact", jane)).body.found).toBe(true);

    sandbox.fault({ path: CONTACTS, kind: "status", status: 429, retryAfter: 30 });
    const response = await ask("/lookup-contact", jane);
    expect([response.status, response.body.code]).toEqual([503, "clio_rate_limited"]);
    expect(response.headers["retry-after"]).toBe("30");
  });

  test("no request is sent while the limit is used up", async () => {
    const { sandbox, ask } = await connectedService({ sandbox: { requestsPerMinute: 3 } });
    // Connecting used one of the three requests.
    await ask("/lookup-contact", jane);
    await ask("/lookup-contact", jane);
    sandbox.counts.clear();
    const response = await ask("/lookup-contact", jane);
    expect([response.status, response.body.code]).toEqual([503, "clio_rate_limited"]);
    expect(Number(response.headers["retry-after"])).toBeGreaterThan(0);
    expect(Number(response.headers["retry-after"])).toBeLessThanOrEqual(60);
    expect(sandbox.counts.get(CONTACTS)).toBeUndefined();
  });
});

describe("paging", () => {
  const owner = user(1, "Olga Owner");
  const contacts = Array.from({ length: 450 }, (_, index) =>
    person(1000 + index, `Quentin Person${index}`, {
      phones: [`${200 + (index % 9)}-555-01${String(index % 90).padStart(2, "0")}`],
      address: { street: `${index} Route 0155` },
    }),
  );
  const firm = { account: { id: 7, name: "Paper & Sons" }, users: [owner], contacts, matters: [] };

  test("every page is read before the response is sent", async () => {
    // Every contact lives on Route 0155, so the search finds all of them, on three pages.
    const { ask, sandbox } = await connectedService({ sandbox: { firms: [firm] } });
    const response = await ask("/lookup-contact", { last_4: "0155" });
    expect(response.body.candidate_count).toBe(5);
    expect(sandbox.counts.get(CONTACTS)).toBe(3);
  });

  test("a list that isn't read completely before the deadline is clio_timeout, not a partial result", async () => {
    const { ask, sandbox } = await connectedService({
      sandbox: { firms: [firm] },
      env: { ANSWER_DEADLINE_MS: "400" },
    });
    sandbox.fault({ path: /page_token/, kind: "hang" });
    expect((await ask("/lookup-contact", { last_4: "0155" })).body.code).toBe("clio_timeout");
  });
});
