import { describe, expect, test } from "vitest";
import type { Fault } from "../../sandbox/fault-injector.ts";
import { exampleCases } from "../../sandbox/firms/example-firm.ts";
import { person, user } from "../../sandbox/firms/firm.ts";
import { connectedService } from "../../testkit/service.ts";

const CONTACTS = "/api/v4/contacts";
const jane = { phone: exampleCases.janeDoe.phone };

describe("faults of Clio", () => {
  test.each<[string, Fault]>([
    ["a 502", { path: CONTACTS, kind: "status", status: 502 }],
    ["a 503", { path: CONTACTS, kind: "status", status: 503 }],
    ["a 504", { path: CONTACTS, kind: "status", status: 504 }],
    ["a reset", { path: CONTACTS, kind: "reset" }],
  ])("%s is tried again, twice at most", async (_, fault) => {
    const { sandbox, ask } = await connectedService();
    sandbox.fault({ ...fault, times: 2 });
    expect((await ask("/lookup-contact", jane)).body.found).toBe(true);

    sandbox.counts.clear();
    sandbox.fault({ ...fault, times: 3 });
    const answer = await ask("/lookup-contact", jane);
    expect([answer.status, answer.body.code]).toEqual([502, "clio_error"]);
    expect(sandbox.counts.get(CONTACTS)).toBe(3);
  });

  test.each<[string, Fault]>([
    ["a 500", { path: CONTACTS, kind: "status", status: 500 }],
    ["broken JSON", { path: CONTACTS, kind: "broken_json" }],
    ["another shape", { path: CONTACTS, kind: "wrong_shape" }],
  ])("%s is clio_error, without another try", async (_, fault) => {
    const { sandbox, ask } = await connectedService();
    sandbox.counts.clear();
    sandbox.fault(fault);
    const answer = await ask("/lookup-contact", jane);
    expect([answer.status, answer.body.code]).toEqual([502, "clio_error"]);
    expect(answer.type).toBe("application/problem+json");
    expect(sandbox.counts.get(CONTACTS)).toBe(1);
  });

  test.each<[string, Fault]>([
    ["hangs", { path: CONTACTS, kind: "hang" }],
    ["hangs in the middle of its answer", { path: CONTACTS, kind: "hang_body" }],
  ])("when Clio %s, the deadline answers, and others are served meanwhile", async (_, fault) => {
    const { sandbox, ask } = await connectedService({ env: { ANSWER_DEADLINE_MS: "300" } });
    sandbox.fault(fault);
    const hanging = ask("/lookup-contact", jane).then((answer) => answer);
    await expect.poll(() => sandbox.requests.at(-1)?.path).toContain(CONTACTS);
    expect((await ask("/lookup-contact", { phone: exampleCases.extension.phone })).body.found).toBe(true);
    const answer = await hanging;
    expect([answer.status, answer.body.code]).toEqual([504, "clio_timeout"]);
  });

  test("Clio that is down is clio_error", async () => {
    const { sandbox, ask } = await connectedService();
    await sandbox.close();
    const answer = await ask("/lookup-contact", jane);
    expect([answer.status, answer.body.code]).toEqual([502, "clio_error"]);
  });

  test("a missing permission is named", async () => {
    const { ask, sandbox } = await connectedService();
    sandbox.firms[0]?.users[0]?.permissions.delete("contacts");
    const answer = await ask("/lookup-contact", jane);
    expect([answer.status, answer.body.code]).toEqual([503, "clio_permission"]);
    expect(answer.body.detail).toContain("Contacts (read)");
  });
});

describe("Clio's limit", () => {
  test("a 429 that is over in time is waited out, another is passed on", async () => {
    const { sandbox, ask } = await connectedService();
    sandbox.fault({ path: CONTACTS, kind: "status", status: 429, retryAfter: 1 });
    expect((await ask("/lookup-contact", jane)).body.found).toBe(true);

    sandbox.fault({ path: CONTACTS, kind: "status", status: 429, retryAfter: 30 });
    const answer = await ask("/lookup-contact", jane);
    expect([answer.status, answer.body.code]).toEqual([503, "clio_rate_limited"]);
    expect(answer.headers["retry-after"]).toBe("30");
  });

  test("a limit that is used up is respected without another request", async () => {
    const { sandbox, ask } = await connectedService({ sandbox: { requestsPerMinute: 3 } });
    // Connecting took one; here are the other two.
    await ask("/lookup-contact", jane);
    await ask("/lookup-contact", jane);
    sandbox.counts.clear();
    const answer = await ask("/lookup-contact", jane);
    expect([answer.status, answer.body.code]).toEqual([503, "clio_rate_limited"]);
    expect(Number(answer.headers["retry-after"])).toBeGreaterThan(0);
    expect(Number(answer.headers["retry-after"])).toBeLessThanOrEqual(60);
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

  test("every page is read before an answer is given", async () => {
    // Everybody lives on Route 0155, so the search finds all of them: three pages.
    const { ask, sandbox } = await connectedService({ sandbox: { firms: [firm] } });
    const answer = await ask("/lookup-contact", { last_4: "0155" });
    expect(answer.body.candidate_count).toBe(5);
    expect(sandbox.counts.get(CONTACTS)).toBe(3);
  });

  test("a list that is not read to its end by the deadline is clio_timeout, not half an answer", async () => {
    const { ask, sandbox } = await connectedService({
      sandbox: { firms: [firm] },
      env: { ANSWER_DEADLINE_MS: "400" },
    });
    sandbox.fault({ path: /page_token/, kind: "hang" });
    expect((await ask("/lookup-contact", { last_4: "0155" })).body.code).toBe("clio_timeout");
  });
});
