import { describe, expect, test } from "vitest";
import { exampleCases as cases, exampleFirm } from "../../../sandbox/firms/example-firm.ts";
import {
  type Browser,
  connectUser,
  SETUP_TOKEN,
  sandboxForTest,
  serviceForTest,
} from "../../../testkit/service.ts";

const [ADMITTER, OWNER, COLLEAGUE, ANOTHER] = [350, 351, 352, 353];
/** Jane Doe, whose only matter is Felix Dubinsky's. */
const CALLER = { number: cases.janeDoe.phone };

/** A firm that user 350 admitted. No one else is connected yet. */
async function admittedFirm({ env = {} }: { env?: Record<string, string> } = {}) {
  const sandbox = await sandboxForTest({ firms: [exampleFirm()] });
  const service = await serviceForTest(sandbox.url, { env });
  const connect = async (userId: number, setup?: string) => {
    const { browser, page, key } = await connectUser(service, { userId, ...(setup && { setup }) });
    return { browser, page, key, post: poster(browser), see: async () => (await browser.get("/setup")).text };
  };
  const admitter = await connect(ADMITTER, SETUP_TOKEN);
  const sandboxUser = (userId: number) => {
    const user = sandbox.firms[0]?.users.find(({ id }) => id === userId);
    if (!user) throw new Error(`the firm has no user ${userId}`);
    return user;
  };
  return { sandbox, service, connect, admitter, sandboxUser };
}

/** Sends a form of the setup page, with its CSRF token. */
function poster(browser: Browser) {
  return async (path: string, fields: Record<string, string | number> = {}) => {
    const { text } = await browser.get("/setup");
    const csrf = /name="csrf" value="([^"]+)"/.exec(text)?.[1] ?? "";
    return browser
      .post(path)
      .type("form")
      .send({ csrf, ...fields });
  };
}

/** Every form that only administrators may send, with valid fields. */
const ADMIN_FORMS: Record<string, (keyId: string) => Record<string, string | number>> = {
  "/setup/answering": () => ({ user_id: COLLEAGUE }),
  "/setup/answering/compare": () => ({ user_id: COLLEAGUE }),
  "/setup/keys/saved": (keyId) => ({ key_id: keyId }),
  "/setup/transfer-rules-added": () => ({}),
  "/setup/read-again": () => ({}),
  "/setup/keys": () => ({ name: "Mine" }),
  "/setup/keys/revoke": (keyId) => ({ key_id: keyId }),
  "/setup/administrators": () => ({ user_id: COLLEAGUE }),
  "/setup/administrators/remove": () => ({ user_id: ADMITTER }),
};

/** Sections that only administrators see, by heading ID. */
const ADMIN_SECTIONS = [
  "steps",
  "status",
  "upfirst",
  "keys",
  "connections",
  "time-zone",
  "directory",
  "history",
];
const USER_SECTIONS = ["try", "custom-actions", "sign-out"];
const sectionsOf = (html: string) => [...html.matchAll(/<section id="([\w-]+)"/g)].map(([, id]) => id);

describe("a user who isn't an administrator", () => {
  test.each(Object.entries(ADMIN_FORMS))("can't send %s", async (path, fields) => {
    const { connect, admitter } = await admittedFirm();
    await connect(OWNER);
    const user = await connect(COLLEAGUE);
    const before = await admitter.see();
    const answer = await user.post(path, fields(admitter.key?.split("_")[1] ?? ""));
    expect(answer.status).toBe(403);
    expect(answer.text).toContain("Only an administrator can do this");
    expect(answer.text).not.toContain("ccr_");
    const withoutCsrf = (html: string) => html.replaceAll(/name="csrf" value="[^"]+"/g, "");
    expect(withoutCsrf(await admitter.see())).toBe(withoutCsrf(before));
  });

  test("sees what they may do, and who can do the rest", async () => {
    const { connect, sandboxUser } = await admittedFirm();
    const owner = await connect(OWNER);
    const user = await connect(COLLEAGUE);
    const page = await user.see();
    expect(sectionsOf(page)).toEqual(["administrators", ...USER_SECTIONS]);
    expect(page).toContain("<li>Felix Dubinsky</li>\n<li>Margaret Hollis</li>");
    expect(page).not.toContain(sandboxUser(OWNER).email);
    for (const path of Object.keys(ADMIN_FORMS)) expect(page).not.toContain(`action="${path}"`);
    expect(sectionsOf(await owner.see()).toSorted()).toEqual(
      [...ADMIN_SECTIONS, ...USER_SECTIONS].toSorted(),
    );
  });

  test("sees nothing more with the address of older entries", async () => {
    const { connect } = await admittedFirm();
    const user = await connect(COLLEAGUE);
    const { text, status } = await user.browser.get("/setup?before=9999999999999-0000000000000000");
    expect(status).toBe(200);
    expect(sectionsOf(text)).not.toContain("history");
  });

  test("isn't given the firm's first key", async () => {
    const { admitter, connect } = await admittedFirm();
    await admitter.post("/setup/keys/revoke", { key_id: admitter.key?.split("_")[1] ?? "" });
    const user = await connect(COLLEAGUE);
    expect(user.key).toBeNull();
    expect(await user.see()).not.toContain("ccr_");
    expect((await connect(ADMITTER)).key).not.toBeNull();
  });

  test.each(["live", "mirror"])(
    "tries a caller with their own eyes in Clio (DIRECTORY=%s)",
    async (directory) => {
      const { connect, sandboxUser, admitter } = await admittedFirm({ env: { DIRECTORY: directory } });
      const user = await connect(COLLEAGUE);
      expect((await user.post("/setup/try", CALLER)).text).toContain("Jane Doe");
      sandboxUser(COLLEAGUE).hiddenContacts.add(cases.janeDoe.contactId);
      const answer = await user.post("/setup/try", CALLER);
      expect(answer.status).toBe(200);
      expect(answer.text).toContain("&quot;found&quot;: false");
      expect(answer.text).not.toContain("Jane Doe");
      expect((await admitter.post("/setup/try", CALLER)).text).toContain("Jane Doe");

      // Records that only the user can see aren't hidden by the lookup account's view.
      sandboxUser(COLLEAGUE).hiddenContacts.clear();
      sandboxUser(ADMITTER).hiddenContacts.add(cases.janeDoe.contactId);
      expect((await user.post("/setup/try", CALLER)).text).toContain("Jane Doe");
    },
  );

  test("reinstalls their own menu entries, sees transfer rules, signs out and disconnects", async () => {
    const { connect, sandbox } = await admittedFirm();
    const user = await connect(COLLEAGUE);
    expect((await user.post("/setup/custom-actions")).status).toBe(303);
    expect((await user.browser.get("/transfer-rules.json")).status).toBe(200);
    expect((await user.post("/setup/sign-out")).text).toContain("signed out");
    const again = await connect(COLLEAGUE);
    expect((await again.post("/setup/disconnect")).text).toContain("You are disconnected");
    expect(sandbox.customActions.of(COLLEAGUE)).toEqual([]);
  });
});

describe("an administrator", () => {
  test("is the user who admitted the firm, and the account owner in Clio", async () => {
    const { connect, admitter } = await admittedFirm();
    const owner = await connect(OWNER);
    for (const user of [admitter, owner]) {
      expect(sectionsOf(await user.see())).toContain("keys");
      expect((await user.post("/setup/keys", { name: "One more" })).text).toMatch(/ccr_[0-9a-f]{12}_/);
    }
  });

  test("makes others administrators, with immediate effect", async () => {
    const { connect, admitter } = await admittedFirm();
    const user = await connect(COLLEAGUE);
    expect(await admitter.see()).toContain("Make administrator");
    expect((await admitter.post("/setup/administrators", { user_id: COLLEAGUE })).status).toBe(303);
    expect(sectionsOf(await user.see())).toContain("keys");
    expect((await user.post("/setup/keys", { name: "Mine" })).status).toBe(200);

    expect((await admitter.post("/setup/administrators/remove", { user_id: COLLEAGUE })).status).toBe(303);
    expect(sectionsOf(await user.see())).not.toContain("keys");
    expect((await user.post("/setup/keys", { name: "Mine" })).status).toBe(403);
  });

  test("can remove the administrator who chose them, and themselves unless they are the last", async () => {
    const { connect, admitter } = await admittedFirm();
    const user = await connect(COLLEAGUE);
    const alone = await admitter.post("/setup/administrators/remove", { user_id: ADMITTER });
    expect(alone.status).toBe(400);
    expect(alone.text).toContain("No other administrator is connected.");
    expect(await admitter.see()).not.toContain("Remove as administrator");

    await admitter.post("/setup/administrators", { user_id: COLLEAGUE });
    expect((await user.post("/setup/administrators/remove", { user_id: ADMITTER })).status).toBe(303);
    expect((await admitter.post("/setup/administrators", { user_id: ADMITTER })).status).toBe(403);
    expect((await user.post("/setup/administrators/remove", { user_id: COLLEAGUE })).status).toBe(400);
    // Signing in again doesn't bring the role back.
    const again = await connect(ADMITTER);
    expect(sectionsOf(await again.see())).not.toContain("keys");
  });

  test("can't remove the account owner", async () => {
    const { connect, admitter } = await admittedFirm();
    const owner = await connect(OWNER);
    await admitter.post("/setup/administrators/remove", { user_id: OWNER });
    expect(sectionsOf(await owner.see())).toContain("keys");
  });

  test.each([
    "/setup/administrators",
    "/setup/administrators/remove",
    "/setup/answering",
    "/setup/answering/compare",
  ])("gets an error at %s for a user who isn't connected", async (path) => {
    const { admitter } = await admittedFirm();
    for (const user_id of ["999", "", "Felix", "1e99"]) {
      const answer = await admitter.post(path, { user_id });
      expect(answer.status, user_id).toBe(400);
      expect(answer.text).toContain("user_id");
    }
  });
});

describe("a firm without an administrator", () => {
  test("gets one when the account owner in Clio connects, and says so until then", async () => {
    const { connect, admitter } = await admittedFirm();
    const user = await connect(COLLEAGUE);
    expect(await admitter.see()).toContain("You are the only connected administrator.");
    await admitter.post("/setup/disconnect");
    expect(await user.see()).toContain("Your firm has no connected administrator.");
    const another = await connect(ANOTHER);
    expect(sectionsOf(await another.see())).not.toContain("keys");
    const owner = await connect(OWNER);
    expect(sectionsOf(await owner.see())).toContain("keys");
    expect(await user.see()).toContain("<li>Margaret Hollis</li>");
  });

  test("gets back the user who admitted it, but not while there is another one", async () => {
    const { connect, admitter } = await admittedFirm();
    await admitter.post("/setup/disconnect");
    const again = await connect(ADMITTER);
    expect(sectionsOf(await again.see())).toContain("keys");

    await connect(OWNER);
    await again.post("/setup/disconnect");
    expect(sectionsOf(await (await connect(ADMITTER)).see())).not.toContain("keys");
  });

  test("gets back an administrator whose access was revoked in Clio", async () => {
    const { connect, admitter, sandbox } = await admittedFirm();
    const user = await connect(COLLEAGUE);
    sandbox.revoke(ADMITTER);
    expect((await admitter.browser.get("/setup")).status).toBe(302);
    expect(await user.see()).toContain("Your firm has no connected administrator.");
    expect(sectionsOf(await (await connect(ADMITTER)).see())).toContain("keys");
  });

  test("doesn't get one who is no longer the account owner in Clio", async () => {
    const { connect, sandboxUser } = await admittedFirm();
    await connect(OWNER);
    sandboxUser(OWNER).account_owner = false;
    expect(sectionsOf(await (await connect(OWNER)).see())).not.toContain("keys");
  });
});
