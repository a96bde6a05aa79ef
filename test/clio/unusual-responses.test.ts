import nock from "nock";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { connectUserAt, SETUP_TOKEN, serviceForTest } from "../../testkit/service.ts";

/** Responses that Clio might send and the sandbox never does: redacted, malformed or hostile. */

const CLIO = "https://app.clio.com";

beforeEach(() => {
  nock.disableNetConnect();
  nock.enableNetConnect("127.0.0.1");
});
afterEach(() => {
  nock.cleanAll();
  nock.enableNetConnect();
});

/** The service, with a firm connected at Clio's real address, which nock replaces. */
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
  test("a contact with only an ID and a number is found, with null for the rest", async () => {
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

  test("a matter with hidden people, an unknown status or a user without a name", async () => {
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

describe("unusable responses", () => {
  test.each<[string, number, nock.Body, Record<string, string>]>([
    ["HTML", 200, "<html>maintenance</html>", { "content-type": "text/html" }],
    ["an empty body", 200, "", {}],
    ["null instead of a list", 200, { data: null }, {}],
    ["a record without an ID", 200, { data: [{ name: "Jane Doe" }] }, {}],
    ["a redirect", 302, "", { location: "https://evil.example/" }],
    ["an unexpected status", 418, {}, {}],
  ])("%s is clio_error", async (_, status, body, headers) => {
    const { ask } = await connected();
    contacts().reply(status, body, headers);
    const response = await ask("/lookup-contact", { phone: "+14155550171" });
    expect([response.status, response.body.code]).toEqual([502, "clio_error"]);
    expect(response.text).not.toContain("Jane");
  });

  test("the token is never sent to a next page on another host", async () => {
    const { ask } = await connected();
    for (const next of [
      "https://evil.example/api/v4/contacts.json?page_token=1",
      "http://app.clio.com/api/v4/contacts.json",
      "//evil.example/x",
    ]) {
      contacts().reply(200, { data: [], meta: { paging: { next } } });
      const response = await ask("/lookup-contact", { phone: "+14155550171" });
      expect([response.status, response.body.code]).toEqual([502, "clio_error"]);
    }
  });
});

test("the token is sent as Bearer, the client secret as Basic, and neither in a URL", async () => {
  const { ask } = await connected();
  const urls: string[] = [];
  contacts().matchHeader("authorization", "Bearer access-1").reply(401, {});
  nock(CLIO)
    .post("/oauth/token", "grant_type=refresh_token&refresh_token=refresh-1")
    .basicAuth({ user: "sandbox-client", pass: "sandbox-secret" })
    .reply(200, { access_token: "access-2", expires_in: "3600" });
  contacts()
    .matchHeader("authorization", "Bearer access-2")
    .reply(200, (request: Request) => {
      urls.push(request.url);
      return { data: [] };
    });
  expect((await ask("/lookup-contact", { phone: "+14155550171" })).body.found).toBe(false);
  expect(urls).toEqual([expect.stringContaining("/api/v4/contacts.json?")]);
  expect(urls.join()).not.toMatch(/access|secret|refresh/);
});

test("a refresh that is answered with 401 invalid_grant ends the connection", async () => {
  const { ask } = await connected();
  contacts().reply(401, {});
  nock(CLIO).post("/oauth/token").reply(401, { error: "invalid_grant" });
  const response = await ask("/lookup-contact", { phone: "+14155550171" });
  expect([response.status, response.body.code]).toEqual([503, "clio_not_connected"]);
});
