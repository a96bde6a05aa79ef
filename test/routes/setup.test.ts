import supertest from "supertest";
import { describe, expect, test } from "vitest";
import { exampleCases as cases, exampleFirm } from "../../src/sandbox/example-firm.ts";
import type { Firm } from "../../src/sandbox/firm.ts";
import {
  type Browser,
  connectUser,
  type RunningService,
  SETUP_TOKEN,
  sandboxForTest,
  serviceForTest,
} from "../support/service.ts";

const ACTION = "Find responsible staff";

/** A firm with one connected user, signed in. */
async function signedIn(options: { env?: Record<string, string>; firms?: Firm[] } = {}) {
  const sandbox = await sandboxForTest(options.firms ? { firms: options.firms } : {});
  const service = await serviceForTest(sandbox.url, options.env ? { env: options.env } : {});
  const [me, colleague] = sandbox.firms[0]?.users.filter(({ enabled }) => enabled) ?? [];
  if (!me || !colleague) throw new Error("the firm has too few users");
  const { browser, page, key } = await connectUser(service, { userId: me.id, setup: SETUP_TOKEN });
  return { sandbox, service, browser, page, key: key ?? "", me, colleague, post: poster(browser) };
}

/** Sends a form of the set-up page, with the token that stands on it. */
function poster(browser: Browser) {
  return async (path: string, fields: Record<string, string> = {}) => {
    const page = await browser.get("/setup");
    const csrf = /name="csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? "";
    return browser
      .post(path)
      .type("form")
      .send({ csrf, ...fields });
  };
}

const lookup = (service: RunningService, key: string) =>
  supertest(service.url)
    .get("/lookup-contact")
    .query({ phone: cases.janeDoe.phone })
    .set("Authorization", `Bearer ${key}`);

describe("/setup", () => {
  test("whoever is not signed in is sent to /connect and comes back", async () => {
    const { service, me } = await signedIn();
    const browser = service.browser();
    for (const path of ["/setup", "/transfer-rules", "/"]) {
      let sent = await browser.get(path);
      if (sent.headers.location === "/setup") sent = await browser.get("/setup");
      expect(sent.status).toBe(302);
      expect(sent.headers.location).toMatch(/^\/connect\?back=/);
    }
    for (const path of ["/transfer-rules.json", "/transfer-rules.csv"]) {
      const answer = await browser.get(path);
      expect([answer.status, answer.body.code]).toEqual([401, "unauthorized"]);
    }
    const { page } = await connectUser(service, { userId: me.id });
    expect(page.status).toBe(200);
  });

  test("the firm's first key is shown once, at the first look", async () => {
    const { browser, page, key, service } = await signedIn();
    expect(page.text).toContain(key);
    expect((await lookup(service, key)).body.found).toBe(true);
    const again = await browser.get("/setup");
    expect(again.text).not.toContain(key);
    expect(again.text).not.toContain("ccr_");
  });

  test("a key rotates without a dropped call: make, use both, revoke the old one", async () => {
    const { post, browser, key, service } = await signedIn();
    const made = await post("/setup/keys", { name: "Second <key>" });
    const second = /ccr_[0-9a-f]{12}_[\w-]{43}/.exec(made.text)?.[0] ?? "";
    expect(made.headers["cache-control"]).toBe("no-store");
    expect(made.text).toContain("Second &lt;key&gt;");
    expect((await lookup(service, key)).status).toBe(200);
    expect((await lookup(service, second)).status).toBe(200);

    const keyId = key.split("_")[1] ?? "";
    expect((await post("/setup/keys/revoke", { key_id: keyId })).status).toBe(303);
    expect((await lookup(service, key)).status).toBe(401);
    expect((await lookup(service, second)).status).toBe(200);
    expect((await browser.get("/setup")).text).not.toContain(second);
  });

  test("a key without a name is refused, and nothing is made", async () => {
    const { post, browser } = await signedIn();
    for (const name of ["", "  ", "x".repeat(61)]) {
      const answer = await post("/setup/keys", { name });
      expect(answer.status).toBe(400);
      expect(answer.text).toContain("name:");
    }
    expect((await browser.get("/setup")).text.match(/name="key_id"/g)).toHaveLength(1);
  });

  test("nothing is changed without the token of this session", async () => {
    const { browser, service, colleague } = await signedIn();
    const other = await connectUser(service, { userId: colleague.id });
    const foreign = /name="csrf" value="([^"]+)"/.exec(other.page.text)?.[1];
    const paths = [
      "/setup/keys",
      "/setup/keys/revoke",
      "/setup/answering",
      "/setup/custom-actions",
      "/setup/try",
      "/setup/sign-out",
      "/setup/disconnect",
    ];
    for (const path of paths) {
      for (const csrf of [undefined, "", "wrong", foreign]) {
        const answer = await browser
          .post(path)
          .type("form")
          .send({ csrf, name: "x", number: "0171", user_id: "1", key_id: "x" });
        expect(answer.status, `${path} with ${csrf}`).toBe(403);
      }
      expect((await browser.get(path)).headers.location).toBe("/setup");
      const stranger = await supertest(service.url).post(path);
      expect(stranger.status).toBe(403);
      expect(stranger.text).toContain('href="/connect?back=');
    }
    expect((await browser.get("/setup")).status).toBe(200);
  });

  test("another connected user can be chosen to answer lookups", async () => {
    const { post, sandbox, service, colleague, key } = await signedIn();
    await connectUser(service, { userId: colleague.id });
    sandbox.firms[0]?.users
      .find(({ id }) => id === colleague.id)
      ?.hiddenContacts.add(cases.janeDoe.contactId);
    expect((await lookup(service, key)).body.found).toBe(true);
    expect((await post("/setup/answering", { user_id: String(colleague.id) })).status).toBe(303);
    expect((await lookup(service, key)).body.found).toBe(false);
  });

  test("what the receptionist would get is shown as it is, errors included", async () => {
    const { post, sandbox } = await signedIn();
    const found = await post("/setup/try", { number: cases.janeDoe.phone });
    expect(found.text).toContain("&quot;matched_on&quot;: &quot;phone&quot;");
    expect(found.text).toContain("&quot;transfer_to&quot;: &quot;Felix Dubinsky&quot;");
    expect((await post("/setup/try", { number: "x" })).text).toContain("invalid_request");
    sandbox.fault({ path: "/api/v4/contacts", kind: "status", status: 500 });
    expect((await post("/setup/try", { number: cases.janeDoe.phone })).text).toContain("clio_error");
  });

  test("signing out forgets this browser alone", async () => {
    const { post, browser, service, key } = await signedIn();
    expect((await post("/setup/sign-out")).text).toContain("signed out");
    expect((await browser.get("/setup")).status).toBe(302);
    expect((await lookup(service, key)).body.found).toBe(true);
  });

  test("a session ends with its connection, its lifetime and its key", async () => {
    const { sandbox, browser, service } = await signedIn();
    const cookie = "session=eyJhbGciOiJkaXIifQ..x.y.z";
    expect((await supertest(service.url).get("/setup").set("Cookie", cookie)).status).toBe(302);
    sandbox.revoke(sandbox.firms[0]?.users[0]?.id ?? 0);
    expect((await browser.get("/setup")).headers.location).toMatch(/^\/connect\?back=/);
  });

  test("a user of another firm sees nothing of this one", async () => {
    const ours = exampleFirm();
    const theirs = exampleFirm();
    theirs.account = { id: 88_002, name: "Quill & Partners" };
    theirs.users = theirs.users.map((user) => ({
      ...user,
      email: `q${user.id}@quill.example`,
      id: user.id + 10_000,
      name: `Q. ${user.last_name}`,
    }));
    theirs.contacts = [];
    theirs.matters = [];
    const { service, key, browser, me } = await signedIn({ firms: [ours, theirs] });
    const other = await connectUser(service, { userId: theirs.users[0]?.id ?? 0, setup: SETUP_TOKEN });
    const page = await other.browser.get("/setup");
    expect(page.text).toContain("Quill &amp; Partners");
    for (const text of ["Hollis", me.email, key.split("_")[1] ?? ""]) expect(page.text).not.toContain(text);

    const post = poster(other.browser);
    await post("/setup/keys/revoke", { key_id: key.split("_")[1] ?? "" });
    await post("/setup/answering", { user_id: String(me.id) });
    expect((await lookup(service, key)).body.found).toBe(true);
    expect((await browser.get("/setup")).text).not.toContain("Quill");
    expect((await other.browser.get("/transfer-rules.json")).body).toEqual([]);
  });
});

describe("custom actions in Clio", () => {
  test("are put in place on connecting, on the records of the setting and no other", async () => {
    const { sandbox, me, service, browser } = await signedIn({
      env: { CUSTOM_ACTION_RECORDS: "matters,documents" },
    });
    const actions = sandbox.customActions.of(me.id);
    expect(actions.map(({ ui_reference }) => ui_reference).toSorted()).toEqual([
      "documents/show",
      "matters/show",
    ]);
    for (const { label, target_url } of actions)
      expect([label, target_url]).toEqual([ACTION, `${service.settings.publicUrl}/clio-action`]);
    expect((await browser.get("/setup")).text).toContain("matters");
  });

  test("existing ones stay, another address is mended, unwanted ones go, and foreign ones are left alone", async () => {
    const { sandbox, me, service, post } = await signedIn();
    const before = sandbox.customActions.of(me.id).map(({ id }) => id);
    await post("/setup/custom-actions");
    expect(sandbox.customActions.of(me.id).map(({ id }) => id)).toEqual(before);
    await service.close();

    const env = { PUBLIC_URL: "http://localhost:3999", CUSTOM_ACTION_RECORDS: "matters" };
    const moved = await serviceForTest(sandbox.url, { env, folder: service.folder });
    sandbox.customActions.create(me.id, {
      label: "Something else",
      target_url: "https://other.example/",
      ui_reference: "matters/show",
    });
    await connectUser(moved, { userId: me.id });
    const after = sandbox.customActions.of(me.id);
    const ours = after.filter(({ label }) => label === ACTION);
    expect(ours.map(({ target_url }) => target_url)).toEqual(["http://localhost:3999/clio-action"]);
    expect(before).toContain(ours[0]?.id);
    expect(after.some(({ label }) => label === "Something else")).toBe(true);
  });

  test("a duplicate that Clio refuses is in place as well", async () => {
    const { sandbox, post } = await signedIn();
    sandbox.fault({
      path: /custom_actions\.json\?/,
      kind: "wrong_shape",
      body: { data: [] },
    });
    expect((await post("/setup/custom-actions")).status).toBe(303);
  });

  test("without the permission the user is connected all the same, and the page names it", async () => {
    const firm = exampleFirm();
    firm.users[0]?.permissions.delete("custom_actions");
    const { page, sandbox, me } = await signedIn({ firms: [firm] });
    expect(page.status).toBe(200);
    expect(page.text).toContain("Custom actions (write)");
    expect(sandbox.customActions.of(me.id)).toEqual([]);
  });

  test("disconnecting takes them out, ends the grant and forgets the user", async () => {
    const { sandbox, post, me, service, key, browser } = await signedIn();
    const page = await post("/setup/disconnect");
    expect(page.status).toBe(200);
    expect(page.text).toContain("disconnected");
    expect(sandbox.customActions.of(me.id)).toEqual([]);
    expect(sandbox.counts.get("/oauth/deauthorize")).toBe(1);
    expect((await lookup(service, key)).body.code).toBe("clio_not_connected");
    expect((await browser.get("/setup")).status).toBe(302);
  });

  test("while Clio cannot be asked, disconnecting leaves everything as it was", async () => {
    const { sandbox, post, service, key } = await signedIn();
    sandbox.fault({ path: "/oauth/deauthorize", kind: "status", status: 500 });
    expect((await post("/setup/disconnect")).status).toBe(502);
    expect((await lookup(service, key)).body.found).toBe(true);
  });
});
