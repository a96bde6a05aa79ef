import nock from "nock";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { connectUserAt, SETUP_TOKEN, serviceForTest } from "../../testkit/service.ts";

/** What Clio may answer and the sandbox never does: redacted, odd or hostile. */

const CLIO = "https://app.clio.com";

beforeEach(() => {
  nock.disableNetConnect();
  nock.enableNetConnect("127.0.0.1");
});
afterEach(() => {
  nock.cleanAll();
  nock.enableNetConnect();
});

/** The service before the real address of Clio, with a firm connected there. */
async function connected() {
  nock(CLIO)
    .post("/oauth/token", /grant_type=authorization_code/)
    .reply(200, {
      access_token: "access-1",
      refresh_token: "refresh-1",
      token_type: "bearer",
      expires_in: 3600,
    });
  nock(CLIO)
    .get("/api/v4/users/who_am_i.json")
    .query(true)
    .reply(200, { data: { id: 350, account: { id: 77 }, unknown_field: true } });
  nock(CLIO).get("/api/v4/custom_actions.json").query(true).times(2).reply(200, { data: [] });
  nock(CLIO)
    .post("/api/v4/custom_actions.json")
    .times(2)
    .reply(201, { data: { id: 1 } });
  const service = await serviceForTest(CLIO);
  const key = await connectUserAt(service, { code: "code-1", setup: SETUP_TOKEN });
  const ask = (path: string, query: Record<string, string>) =>
    service.browser().get(path).query(query).set("Authorization", `Bearer ${key}`);
  return { service, ask };
}

const contacts = () => nock(CLIO).get("/api/v4/contacts.json").query(true);
const matters = () => nock(CLIO).get("/api/v4/matters.json").query(true);

describe("redacted records", () => {
  test("a contact with nothing but an id and a number is found, with null for the rest", async () => {
    const { ask } = await connected();
    contacts().reply(200, {
      data: [
        { id: 1 },
        { id: 2, phone_numbers: null },
        { id: 3, name: null, phone_numbers: [null, {}, { number: null }, { number: "(415) 555-0171" }] },
        { id: 4, type: "Robot", phone_numbers: [] },
      ],
      meta: null,
    });
    const { body } = await ask("/lookup-contact", { phone: "+14155550171" });
    expect(body).toMatchObject({
      found: true,
      data: { id: 3, name: null, first_name: null, last_name: null, type: null },
    });
  });

  test("a matter with hidden people, an unknown status and a user without a name", async () => {
    const { ask } = await connected();
    matters().reply(200, {
      data: [
        { id: 10 },
        { id: 11, status: "Archived", responsible_staff: { id: 5 } },
        { id: 12, status: "Open", responsible_staff: { id: 6, name: "Ada Arden" } },
      ],
    });
    const { body } = await ask("/responsible-staff", { clio_contact_id: "3" });
    expect(body).toMatchObject({
      found: true,
      transfer_to: "Ada Arden",
      data: { id: 12, display_number: null, responsible_staff: { email: null, phone_number: null } },
    });
  });
});

describe("answers that are none", () => {
  test.each<[string, number, nock.Body, Record<string, string>]>([
    ["HTML", 200, "<html>maintenance</html>", { "content-type": "text/html" }],
    ["nothing", 200, "", {}],
    ["a list that is none", 200, { data: null }, {}],
    ["a record without an id", 200, { data: [{ name: "Jane Doe" }] }, {}],
    ["a redirect", 302, "", { location: "https://evil.example/" }],
    ["a status from nowhere", 418, {}, {}],
  ])("%s is clio_error", async (_, status, body, headers) => {
    const { ask } = await connected();
    contacts().reply(status, body, headers);
    const answer = await ask("/lookup-contact", { phone: "+14155550171" });
    expect([answer.status, answer.body.code]).toEqual([502, "clio_error"]);
    expect(answer.text).not.toContain("Jane");
  });

  test("a next page on another host never sees the token", async () => {
    const { ask } = await connected();
    for (const next of [
      "https://evil.example/api/v4/contacts.json?page_token=1",
      "http://app.clio.com/api/v4/contacts.json",
      "//evil.example/x",
    ]) {
      contacts().reply(200, { data: [], meta: { paging: { next } } });
      const answer = await ask("/lookup-contact", { phone: "+14155550171" });
      expect([answer.status, answer.body.code]).toEqual([502, "clio_error"]);
    }
  });
});

test("the token goes in a header, the client secret in a Basic one, and neither into an address", async () => {
  const { ask } = await connected();
  const asked: string[] = [];
  contacts().matchHeader("authorization", "Bearer access-1").reply(401, {});
  nock(CLIO)
    .post("/oauth/token", "grant_type=refresh_token&refresh_token=refresh-1")
    .basicAuth({ user: "sandbox-client", pass: "sandbox-secret" })
    .reply(200, { access_token: "access-2", expires_in: "3600" });
  contacts()
    .matchHeader("authorization", "Bearer access-2")
    .reply(200, (request: Request) => {
      asked.push(request.url);
      return { data: [] };
    });
  expect((await ask("/lookup-contact", { phone: "+14155550171" })).body.found).toBe(false);
  expect(asked).toEqual([expect.stringContaining("/api/v4/contacts.json?")]);
  expect(asked.join()).not.toMatch(/access|secret|refresh/);
});

test("a refresh that is refused with 401 invalid_grant ends the connection", async () => {
  const { ask } = await connected();
  contacts().reply(401, {});
  nock(CLIO).post("/oauth/token").reply(401, { error: "invalid_grant" });
  const answer = await ask("/lookup-contact", { phone: "+14155550171" });
  expect([answer.status, answer.body.code]).toEqual([503, "clio_not_connected"]);
});
