import { DatabaseSync } from "node:sqlite";
import supertest from "supertest";
import { describe, expect, test } from "vitest";
import { exampleCases as cases, exampleFirm } from "../../../sandbox/firms/example-firm.ts";
import { linkedRecordCases } from "../../../sandbox/firms/example-linked-records.ts";
import { mirroredService } from "../../../testkit/mirror.ts";
import { connectedService, connectUser, consent, pathOf } from "../../../testkit/service.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const ALL_RECORDS = { CUSTOM_ACTION_RECORDS: "matters,contacts,activities,documents,folders" };
const API = "/api/v4";

function clock(start = Date.now()) {
  let now = start;
  return { now: () => now, advance: (milliseconds: number) => (now += milliseconds) };
}

/** A connected user, and the browser in which they are signed in. */
async function clickable(options: Parameters<typeof connectedService>[0] = {}) {
  const connected = await connectedService({ ...options, env: { ...ALL_RECORDS, ...options?.env } });
  const { sandbox, service, userId } = connected;
  const click = (subjectPath: string, by = userId) => pathOf(sandbox.click({ userId: by, subjectPath }));
  const { browser } = await connectUser(service, { userId });
  sandbox.counts.clear();
  return { ...connected, click, browser, open: (path: string) => browser.get(path) };
}

const apiRequests = (counts: Map<string, number>) =>
  [...counts].filter(([path]) => path.startsWith(API)).reduce((sum, [, count]) => sum + count, 0);

describe("GET /clio-action", () => {
  test("shows the rule of the person who takes a matter's calls, with at most two requests to Clio", async () => {
    const { click, open, sandbox } = await clickable();
    const page = await open(click(`${API}/matters/${cases.janeDoe.matterId}`));
    expect(page.status).toBe(200);
    expect(page.text).toContain(
      "Transfer the call in the following scenarios: After finding a caller&#39;s responsible staff in Clio and their responsible staff is Felix Dubinsky.",
    );
    expect(page.text).toContain("(628) 555-0160");
    expect(page.text).toContain('data-copy="+16285550160"');
    expect(page.headers["cache-control"]).toBe("no-store");
    expect(page.headers["referrer-policy"]).toBe("no-referrer");
    expect(page.headers["content-security-policy"]).not.toContain("unsafe-inline");
    expect(apiRequests(sandbox.counts)).toBeLessThanOrEqual(2);
  });

  test("sends the nonce with the first request only", async () => {
    const { click, open, sandbox } = await clickable();
    await open(click(`${API}/contacts/${cases.severalMatters.contactId}`));
    const paths = sandbox.requests.map(({ path }) => path).filter((path) => path.startsWith(API));
    const mine = paths.slice(paths.findIndex((path) => path.includes("custom_action_nonce")));
    expect(mine[0]).toContain(`/contacts/${cases.severalMatters.contactId}.json`);
    expect(mine.slice(1).some((path) => path.includes("custom_action_nonce"))).toBe(false);
  });

  test("accepts a subject URL with .json", async () => {
    const { click, open } = await clickable();
    const clicked = click(`${API}/matters/${cases.janeDoe.matterId}`);
    const page = await open(
      clicked.replace(`matters%2F${cases.janeDoe.matterId}`, `matters%2F${cases.janeDoe.matterId}.json`),
    );
    expect(page.status).toBe(200);
  });

  test("shows everyone who takes calls for a contact's open and pending matters", async () => {
    const { click, open } = await clickable();
    const { text } = await open(click(`${API}/contacts/${cases.severalMatters.contactId}`));
    for (const name of ["Felix Dubinsky", "Tomás Ortega", "Kwame Mensah"])
      expect(text).toContain(`<h2>${name}</h2>`);
  });

  test("can be reloaded for 15 minutes in the same browser only", async () => {
    const { now, advance } = clock();
    const { click, open, service } = await clickable({ now, sandbox: { now } });
    const clicked = click(`${API}/matters/${cases.janeDoe.matterId}`);
    expect((await open(clicked)).status).toBe(200);
    advance(14 * MINUTE);
    const again = await open(clicked);
    expect(again.status).toBe(200);
    expect(again.text).toContain("Felix Dubinsky");

    const elsewhere = await supertest(service.url).get(clicked);
    expect(elsewhere.status).toBe(403);
    const other = clicked.replace(String(cases.janeDoe.matterId), String(cases.attorneyOnly.matterId));
    expect((await open(other)).status).toBe(403);
    advance(2 * MINUTE);
    expect((await open(clicked)).status).toBe(403);
  });

  test("explains how to continue after a used, expired, foreign or invented nonce", async () => {
    const { now, advance } = clock();
    const { click, service, sandbox, userId } = await clickable({ now, sandbox: { now } });
    const other = sandbox.firms[0]?.users.find(({ id, enabled }) => id !== userId && enabled)?.id ?? 0;
    await connectUser(service, { userId: other });
    const subject = `${API}/matters/${cases.janeDoe.matterId}`;
    const used = click(subject);
    await supertest(service.url).get(used);
    const old = click(subject);
    advance(61_000);
    const othersNonce = new URL(click(subject, other), service.url).searchParams.get("custom_action_nonce");
    const foreign = click(subject).replace(/nonce=[^&]+/, `nonce=${othersNonce}`);
    const invented = click(subject).replace(/nonce=[^&]+/, "nonce=invented");
    for (const path of [used, old, foreign, invented]) {
      const page = await supertest(service.url).get(path);
      expect(page.status).toBe(403);
      expect(page.text).toContain("60 seconds");
      expect(page.text).toContain("Matters (read)");
      expect(page.text).toContain(`/nc/#/matters/${cases.janeDoe.matterId}`);
      expect(page.text).not.toContain("Felix");
    }
  });

  test("a click counts once Clio has accepted the nonce, whatever happens afterwards", async () => {
    const { click, open, sandbox, userId } = await clickable();
    const clicked = click(`${API}/matters/${cases.janeDoe.matterId}`);
    sandbox.fault({ path: `${API}/users`, kind: "status", status: 500 });
    expect((await open(clicked)).status).toBe(502);
    expect((await open(clicked)).status).toBe(200);

    const contact = click(`${API}/contacts/${cases.janeDoe.contactId}`);
    sandbox.firms[0]?.users.find(({ id }) => id === userId)?.permissions.delete("matters");
    const page = await open(contact);
    expect(page.status).toBe(503);
    expect(page.text).toContain("Matters (read)");
    expect(page.text).not.toContain("60 seconds");
  });

  test("names the permission that may be missing", async () => {
    const { click, open, sandbox, userId } = await clickable();
    const path = click(`${API}/contacts/${cases.janeDoe.contactId}`);
    sandbox.firms[0]?.users.find(({ id }) => id === userId)?.permissions.delete("contacts");
    const page = await open(path);
    expect(page.status).toBe(403);
    expect(page.text).toContain("Contacts (read)");
  });

  test("refreshes the token before it uses the nonce, and sends the nonce again only after a 401", async () => {
    const { now, advance } = clock();
    const { click, open, sandbox } = await clickable({ now, sandbox: { now, tokenLifetimeSeconds: 3600 } });
    advance(2 * 60 * MINUTE);
    expect((await open(click(`${API}/matters/${cases.janeDoe.matterId}`))).status).toBe(200);
    sandbox.expireTokens();
    expect((await open(click(`${API}/matters/${cases.janeDoe.matterId}`))).status).toBe(200);

    for (const status of [500, 502, 503, 504]) {
      sandbox.counts.clear();
      sandbox.fault({ path: `${API}/matters`, kind: "status", status });
      const page = await open(click(`${API}/matters/${cases.janeDoe.matterId}`));
      expect([page.status, page.type]).toEqual([502, "text/html"]);
      expect(sandbox.counts.get(`${API}/matters/:id`) ?? 1).toBe(1);
    }
  });

  test("sends a user who isn't connected through /connect and back to the click", async () => {
    const { click, service, sandbox, userId } = await clickable();
    const other = sandbox.firms[0]?.users.find(({ id, enabled }) => id !== userId && enabled)?.id ?? 0;
    const { browser } = await connectUser(service, { userId: other });
    const clicked = click(`${API}/matters/${cases.janeDoe.matterId}`, other);
    sandbox.revoke(other);

    const sent = await browser.get(clicked);
    expect(sent.status).toBe(302);
    expect(sent.headers.location).toMatch(/^\/connect\?back=/);
    expect(sent.headers.location).not.toContain("nonce");
    const back = await browser.get(
      await consent(browser, { userId: other, start: sent.headers.location ?? "" }),
    );
    expect(back.headers.location).toBe(clicked);
    expect((await browser.get(clicked)).status).toBe(200);
  });

  test("tells a user who signs in with another account which one is needed", async () => {
    const { service, sandbox, userId, click } = await clickable();
    const [wanted, other] =
      sandbox.firms[0]?.users.filter(({ id, enabled }) => id !== userId && enabled) ?? [];
    await connectUser(service, { userId: wanted?.id ?? 0 });
    const clicked = click(`${API}/matters/${cases.janeDoe.matterId}`, wanted?.id);
    sandbox.revoke(wanted?.id ?? 0);

    const browser = service.browser();
    const sent = await browser.get(clicked);
    const page = await browser.get(
      await consent(browser, { userId: other?.id ?? 0, start: sent.headers.location ?? "" }),
    );
    expect(page.status).toBe(403);
    expect(page.text).toContain(wanted?.name);
    expect(page.text).toContain(other?.name);
    expect(page.text).not.toContain("Felix Dubinsky");
  });

  test("shows a 404 page for a record that doesn't exist or that Clio hides from the user", async () => {
    const { click, open, sandbox, userId } = await clickable();
    const page = await open(click(`${API}/matters/999`));
    expect([page.status, page.type]).toEqual([404, "text/html"]);
    sandbox.firms[0]?.users.find(({ id }) => id === userId)?.hiddenContacts.add(cases.janeDoe.contactId);
    expect((await open(click(`${API}/contacts/${cases.janeDoe.contactId}`))).status).toBe(404);
  });

  test("lists what needs attention, with a link to fix it", async () => {
    const { click, open } = await clickable();
    const pageOf = async (id: number) => (await open(click(`${API}/matters/${id}`))).text;
    expect(await pageOf(cases.staffWithoutPhone.matterId)).toContain("has no phone number in Clio");
    expect(await pageOf(cases.disabledStaff.matterId)).toContain("is disabled in Clio");
    expect(await pageOf(cases.staffWithExtension.matterId)).toContain("has an extension");
    const nobody = await pageOf(cases.nobodyOnMatter.matterId);
    expect(nobody).toContain("No one can take the call.");
    expect(nobody).toContain(`/nc/#/matters/${cases.nobodyOnMatter.matterId}`);
  });

  test("escapes names that contain markup", async () => {
    const firm = exampleFirm();
    const felix = firm.users.find(({ id }) => id === 350);
    const matter = firm.matters.find(({ id }) => id === cases.janeDoe.matterId);
    if (!felix || !matter) throw new Error("the example firm has changed");
    felix.name = `<img src=x onerror=alert(1)>"'`;
    matter.display_number = "<script>alert(2)</script>";
    const { click, open } = await clickable({ sandbox: { firms: [firm] } });
    const { text } = await open(click(`${API}/matters/${matter.id}`));
    expect(text).toContain("&lt;img src=x");
    expect(text).not.toContain("<img");
    expect(text).not.toContain("<script>alert");
  });
});

describe("a click in a firm with a mirror", () => {
  const { name, userIds, matterIds } = cases.sameNameStaff;
  const NAMESAKE = `Another person at the firm is also called ${name}.`;

  /** The text of the page, and how many requests to Clio it took. */
  async function click({ sandbox, service }: Awaited<ReturnType<typeof mirroredService>>) {
    const userId = sandbox.firms[0]?.users[0]?.id ?? 0;
    const path = pathOf(sandbox.click({ userId, subjectPath: `${API}/matters/${matterIds[0]}` }));
    sandbox.counts.clear();
    const { text } = await supertest(service.url).get(path).expect(200);
    return { text, requests: apiRequests(sandbox.counts) };
  }

  test("takes one request to Clio, because the other users are in the mirror", async () => {
    const { text, requests } = await click(await mirroredService());
    expect(text).toContain(NAMESAKE);
    expect(requests).toBe(1);
  });

  test("shows what Clio has of the person who takes the calls, and not the mirror", async () => {
    const mirrored = await mirroredService();
    const person = mirrored.sandbox.firms[0]?.users.find(({ id }) => id === userIds[0]);
    Object.assign(person ?? {}, { name: "Robin Moreau", phone_number: "(415) 555-0199" });
    const { text } = await click(mirrored);
    expect(text).toContain("<h2>Robin Moreau</h2>");
    expect(text).toContain("(415) 555-0199");
    expect(text).not.toContain(NAMESAKE);
  });

  test("reads the users from Clio if those in the mirror can't be decrypted", async () => {
    const mirrored = await mirroredService();
    const db = new DatabaseSync(mirrored.service.databaseFile);
    db.exec("UPDATE mirror_records SET sealed = substr(sealed, 5) WHERE kind = 'user'");
    db.close();
    // The running service has already decrypted them.
    await mirrored.restart();
    const { text, requests } = await click(mirrored);
    expect(text).toContain(NAMESAKE);
    expect(requests).toBe(2);
  });
});

/** What the pages for Victor Lang's three matters must show only to the user who clicked. */
const NAMES_OF_VICTOR_LANG = /Lang|0005\d-|lease renewal|business sale|tax appeal/;

describe("the names of the client and the matters", () => {
  const VICTOR_LANG = `${API}/contacts/${cases.severalMatters.contactId}`;

  test("tell the matters of one client apart, on the card of each person", async () => {
    const { click, open, sandbox } = await clickable();
    const { text } = await open(click(VICTOR_LANG));
    const matters = sandbox.firms[0]?.matters.filter(
      ({ client_id, status }) => client_id === cases.severalMatters.contactId && status !== "Closed",
    );
    expect(matters?.length).toBe(3);
    const cards = text.split("<article").slice(1);
    expect(cards.length).toBe(3);
    for (const card of cards) expect(card).toContain("for Victor Lang");
    for (const { display_number, description } of matters ?? []) {
      const own = cards.filter((card) => card.includes(`<b>${display_number}</b>`));
      expect(own.length).toBe(1);
      expect(own[0]).toContain(`<span>${description}</span>`);
    }
  });

  test("are shown for every type of record", async () => {
    const { click, open } = await clickable();
    for (const subject of [
      `matters/${cases.janeDoe.matterId}`,
      `contacts/${cases.janeDoe.contactId}`,
      `activities/${linkedRecordCases.activityOfJaneDoe.activityId}`,
      `documents/${linkedRecordCases.documentOfMatter.documentId}`,
      `documents/${linkedRecordCases.documentInNestedFolder.documentId}`,
      `folders/${linkedRecordCases.folderOfMatter.folderId}`,
    ]) {
      const { text } = await open(click(`${API}/${subject}`));
      expect(text, subject).toContain("Responsible staff for Jane Doe");
      expect(text, subject).toContain("<b>00042-Doe</b> <span>Doe v. Acme</span>");
    }
  });

  test("aren't part of the rule that is copied, which is for every client", async () => {
    const { click, open } = await clickable();
    const { text } = await open(click(VICTOR_LANG));
    const copied = [...text.matchAll(/data-copy="([^"]*)"/g)].map(([, value]) => value);
    expect(copied.length).toBeGreaterThan(3);
    for (const value of copied) expect(value).not.toMatch(NAMES_OF_VICTOR_LANG);
  });

  test("aren't shown to whoever opens a link first that was passed on", async () => {
    const { click, service } = await clickable();
    const clicked = click(VICTOR_LANG);
    const stranger = service.browser();
    for (const page of [await stranger.get(clicked), await stranger.get(clicked)]) {
      expect(page.status).toBe(200);
      expect(page.text).toContain("<h2>Felix Dubinsky</h2>");
      expect(page.text).toContain("Client and matter names are hidden");
      expect(page.text).not.toMatch(NAMES_OF_VICTOR_LANG);
    }
    for (const id of [cases.disabledStaff.matterId, cases.nobodyOnMatter.matterId]) {
      const { text } = await stranger.get(click(`${API}/matters/${id}`));
      expect(text).toContain("This matter");
      expect(text).not.toMatch(/000\d\d-|Blum|Vaughn/);
    }
  });

  test("aren't shown to a colleague, who is told to sign in as the user who clicked", async () => {
    const { click, service, sandbox, userId } = await clickable();
    const colleagueId = sandbox.firms[0]?.users.find(({ id, enabled }) => id !== userId && enabled)?.id ?? 0;
    const { browser: colleague } = await connectUser(service, { userId: colleagueId });
    const page = await colleague.get(click(VICTOR_LANG));
    expect(page.text).not.toMatch(NAMES_OF_VICTOR_LANG);
    const start = /href="(\/connect\?back=[^"]+)"/.exec(page.text)?.[1] ?? "";
    const refused = await colleague.get(await consent(colleague, { userId: colleagueId, start }));
    expect(refused.status).toBe(403);
    expect(refused.text).toContain("Sign in with another Clio account");
    expect(refused.text).not.toMatch(NAMES_OF_VICTOR_LANG);
  });

  test("include the client of a document that belongs to no matter", async () => {
    const { click, open, sandbox } = await clickable();
    const { documentId, contactId } = linkedRecordCases.documentInContactFolder;
    const client = sandbox.firms[0]?.contacts.find(({ id }) => id === contactId)?.name;
    expect((await open(click(`${API}/documents/${documentId}`))).text).toContain(`for ${client}</p>`);
  });

  test("are shown after signing in, without another click", async () => {
    const { click, service, userId } = await clickable();
    const clicked = click(VICTOR_LANG);
    const browser = service.browser();
    const page = await browser.get(clicked);
    const start = /href="(\/connect\?back=[^"]+)"/.exec(page.text)?.[1] ?? "";
    const back = await browser.get(await consent(browser, { userId, start }));
    expect(back.headers.location).toBe(clicked);
    expect((await browser.get(clicked)).text).toContain("Who takes calls for Victor Lang");
  });

  test("are shown in a browser for 90 days after it was last used, although its session has ended", async () => {
    const { now, advance } = clock();
    const { click, open, browser } = await clickable({ now, sandbox: { now } });
    for (let visits = 0; visits < 3; visits += 1) {
      advance(89 * DAY);
      expect((await browser.get("/setup")).status).toBe(302);
      expect((await open(click(VICTOR_LANG))).text).toContain("Who takes calls for Victor Lang");
    }
    advance(91 * DAY);
    expect((await open(click(VICTOR_LANG))).text).not.toMatch(NAMES_OF_VICTOR_LANG);
  });

  test.each(["/setup/sign-out", "/setup/sign-out-everywhere"])("are hidden after %s", async (path) => {
    const { click, open, browser } = await clickable();
    const csrf = /name="csrf" value="([^"]+)"/.exec((await browser.get("/setup")).text)?.[1];
    expect((await browser.post(path).type("form").send({ csrf })).status).toBe(200);
    const page = await open(click(VICTOR_LANG));
    expect(page.status).toBe(200);
    expect(page.text).not.toMatch(NAMES_OF_VICTOR_LANG);
  });

  test("are hidden in other browsers after signing out everywhere, and after the user's access has ended", async () => {
    const { click, open, service, sandbox, userId } = await clickable();
    const { browser: second, page } = await connectUser(service, { userId });
    expect((await open(click(VICTOR_LANG))).text).toMatch(NAMES_OF_VICTOR_LANG);
    const csrf = /name="csrf" value="([^"]+)"/.exec(page.text)?.[1];
    await second.post("/setup/sign-out-everywhere").type("form").send({ csrf });
    expect((await open(click(VICTOR_LANG))).text).not.toMatch(NAMES_OF_VICTOR_LANG);

    const { browser: third } = await connectUser(service, { userId });
    expect((await third.get(click(VICTOR_LANG))).text).toMatch(NAMES_OF_VICTOR_LANG);
    sandbox.revoke(userId);
    expect((await third.get("/setup")).status).toBe(302);
    await connectUser(service, { userId });
    expect((await third.get(click(VICTOR_LANG))).text).not.toMatch(NAMES_OF_VICTOR_LANG);
  });
});

describe("parameters of /clio-action", () => {
  const valid = {
    custom_action_id: "1",
    user_id: "350",
    subject_url: `${API}/matters/1834567`,
    custom_action_nonce: "abc",
  };

  test("a missing or invalid one gets a 400 that names it", async () => {
    const { service, sandbox } = await clickable();
    for (const [name, value] of [
      ["custom_action_id", undefined],
      ["user_id", "x"],
      ["user_id", "-5"],
      ["subject_url", undefined],
      ["custom_action_nonce", ""],
      ["custom_action_nonce", "a\r\nX: y"],
    ] as const) {
      const page = await supertest(service.url)
        .get("/clio-action")
        .query({ ...valid, [name]: value });
      expect([page.status, page.type]).toEqual([400, "text/html"]);
      expect(page.text).toContain(name);
    }
    expect(sandbox.counts.size).toBe(0);
  });

  test("two hundred hostile subject URLs get a 400 each, and cause no request", async () => {
    const { service, sandbox } = await clickable();
    const hosts = [
      "evil.example",
      "127.0.0.1:9",
      "[::1]",
      "localhost",
      "169.254.169.254",
      "clio.example@evil.example",
    ];
    const tails = ["matters/1", "contacts/1", "users/who_am_i", "matters/1?x=1", "matters/1#x"];
    const hostile = [
      ...hosts.flatMap((host) =>
        tails.flatMap((tail) => [
          `https://${host}/api/v4/${tail}`,
          `//${host}/api/v4/${tail}`,
          `\\\\${host}/api/v4/${tail}`,
          `/\\${host}/api/v4/${tail}`,
        ]),
      ),
      ...[
        "users/1",
        "users/who_am_i",
        "custom_actions/1",
        "webhooks/1",
        "communications/1",
        "bills/1",
        "",
        "matters",
      ].flatMap((path) => [`/api/v4/${path}`, `/api/v4/${path}.json`, `/api/v3/${path}`, `api/v4/${path}`]),
      ...[
        "0",
        "01",
        "-1",
        "1.5",
        "1e3",
        "one",
        "１",
        "٣",
        "1 ",
        " 1",
        "1/",
        "1//",
        "1/2",
        "1;2",
        "1,2",
        "9".repeat(17),
        "%31",
        "1%00",
        "1\u0000",
        "1.json.json",
        "1.JSON",
        "1.xml",
        "1?fields=id",
        "1#",
        "1&x=y",
      ].map((id) => `/api/v4/matters/${id}`),
      ...[
        "/api/v4/matters/../users/1",
        "/api/v4/./matters/1",
        "/api/v4/matters/%2e%2e/users/1",
        "/api/v4/%2e%2e/matters/1",
        "%2Fapi%2Fv4%2Fmatters%2F1",
        "%252Fapi%252Fv4%252Fmatters%252F1",
        "/api/v4/matters%2F1",
        "/api/v4/matters%252F1",
        "/API/V4/matters/1",
        "/api/v4/Matters/1",
        "/api/v4/matters/1\r\nHost: evil.example",
        "/api/v4/matters/1%0d%0aX: y",
        "\t/api/v4/matters/1",
        "/api/v4/matters/1\t",
        " /api/v4/matters/1",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "http:/api/v4/matters/1",
        "/api/v4/matters/1".repeat(2),
        `/api/v4/matters/${"1".repeat(20_000)}`,
        `/${"a".repeat(20_000)}`,
        "",
        "/",
        "?",
        "@",
        "null",
        "undefined",
        "/api/v4/matters/[1]",
        "/api/v4/matters/{1}",
        "/api/v4/matters/1|2",
        "/api/v4/__proto__/1",
        "/api/v4/constructor/1",
      ],
    ];
    expect(hostile.length).toBeGreaterThanOrEqual(200);
    for (const subject_url of hostile) {
      const page = await supertest(service.url)
        .get("/clio-action")
        .query({ ...valid, subject_url });
      expect(page.status, JSON.stringify(subject_url.slice(0, 80))).toBe(400);
    }
    expect(sandbox.counts.size).toBe(0);
  });
});
