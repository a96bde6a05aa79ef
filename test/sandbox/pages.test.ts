import { readFileSync } from "node:fs";
import { runInNewContext } from "node:vm";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { calendarCases } from "../../sandbox/firms/example-calendars.ts";
import { exampleCases as cases } from "../../sandbox/firms/example-firm.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { browserOf, unescapeHtml } from "./browser.ts";
import { apiOf } from "./client.ts";

let sandbox: Sandbox;
let now: number;

const KINDS = ["matters", "contacts", "activities", "documents", "folders"];
const BOOKKEEPER = cases.bookkeeper.userId;
const JANE = cases.janeDoe.contactId;

beforeEach(async () => {
  now = Date.UTC(2026, 5, 1);
  sandbox = await startSandbox({ now: () => now });
});
afterEach(() => sandbox.close());

function addActions(userId: number, label = "Find responsible staff") {
  return KINDS.map((kind) =>
    sandbox.customActions.create(userId, {
      label,
      target_url: "https://router.example/clio-action",
      ui_reference: `${kind}/show`,
    }),
  );
}

/** The links in the custom action menus of a page. */
function menuLinks(html: string): string[] {
  return [...html.matchAll(/<a href="(\/sandbox\/click[^"]*)"([^>]*)>/g)].map(([, href = "", more]) => {
    expect(more).toBe(' target="_blank" rel="noopener"');
    return unescapeHtml(href);
  });
}

describe("signing in", () => {
  test("the home page lists enabled users, starting with two who have different access", async () => {
    const { status, html } = await (await browserOf(sandbox))("/");
    expect(status).toBe(200);
    const ids = [...html.matchAll(/name="user_id" value="(\d+)"/g)].map(([, id]) => Number(id));
    const enabled = sandbox.firms[0]!.users.filter((each) => each.enabled).map(({ id }) => id);
    expect(ids.slice(0, 2)).toEqual([350, BOOKKEEPER]);
    expect([...ids].sort()).toEqual(enabled);
    const [, first, second] = html.split("<li>");
    expect(first).toContain("Full access");
    expect(second).toContain("2 hidden contacts; No access to documents");
    expect(html).not.toContain("Switch user");
  });

  test("sets a cookie and redirects to the requested page; every page then shows the user", async () => {
    const visit = await browserOf(sandbox);
    const answer = await visit("/sandbox/sign-in", { user_id: "353", next: "/sandbox/contacts?page=2" });
    expect(answer).toMatchObject({ status: 303, location: "/sandbox/contacts?page=2" });
    expect(answer.headers.get("set-cookie")).toBe("clio_sandbox_user=353; Path=/; HttpOnly; SameSite=Lax");
    for (const path of ["/", ...KINDS.map((kind) => `/sandbox/${kind}`), "/sandbox/users"]) {
      const { status, html } = await visit(path);
      expect(status).toBe(200);
      expect(html).toContain('Signed in as <a href="/sandbox/users/353">Priya Raman</a>');
      expect(html).toContain('<a href="/">Switch user</a>');
    }
    await visit("/sandbox/sign-in", { user_id: "354" });
    expect((await visit("/sandbox/matters")).html).toContain("Tomás Ortega</a> ·");
  });

  test.each(["https://evil.example/", "//evil.example/", "/\\evil.example", "/oauth/authorize", ""])(
    "never redirects to %j",
    async (next) => {
      const visit = await browserOf(sandbox);
      const { location } = await visit("/sandbox/sign-in", { user_id: "350", next });
      expect(location).toBe("/sandbox/matters");
      expect((await visit(`/?${new URLSearchParams({ next })}`)).html).toContain(
        'name="next" value="/sandbox/matters"',
      );
    },
  );

  test.each(["358", "999", "", "x"])("is not possible as user %j", async (user_id) => {
    const visit = await browserOf(sandbox);
    expect((await visit("/sandbox/sign-in", { user_id })).status).toBe(400);
    expect((await visit("/sandbox/matters")).location).toBe("/?next=%2Fsandbox%2Fmatters");
  });

  test("is required of signed-out and disabled users, who then return to the requested page", async () => {
    const visit = await browserOf(sandbox);
    expect((await visit("/sandbox/contacts?page=2")).location).toBe(
      "/?next=%2Fsandbox%2Fcontacts%3Fpage%3D2",
    );
    expect((await visit("/?next=%2Fsandbox%2Fcontacts%3Fpage%3D2")).html).toContain(
      'name="next" value="/sandbox/contacts?page=2"',
    );
    const disabled = await browserOf(sandbox, 353);
    sandbox.firms[0]!.users.find(({ id }) => id === 353)!.enabled = false;
    expect((await disabled("/sandbox/matters")).status).toBe(303);
    const matter = sandbox.firms[0]!.matters[0]!;
    const form = await visit(`/sandbox/matters/${matter.id}`, { responsible_staff_id: "" });
    expect(form).toMatchObject({ status: 303, location: "/?next=%2Fsandbox%2Fmatters" });
    expect(matter.responsible_staff_id).toBe(350);
  });

  test("the consent page preselects the signed-in user, unless the request names another", async () => {
    const visit = await browserOf(sandbox, 354);
    const query = "client_id=sandbox-client&redirect_uri=http://127.0.0.1:9/&response_type=code";
    const { html, headers } = await visit(`/oauth/authorize?${query}`);
    expect(html).toContain('value="354" checked');
    expect(html.match(/ checked/g)).toHaveLength(1);
    expect(html).toContain('value="350" required');
    // The form redirects to the app, which a form-action policy would block.
    expect(headers.get("content-security-policy")).toBeNull();
    expect((await visit(`/oauth/authorize?${query}&as=352`)).html).toContain('value="352" checked');
  });
});

describe("lists", () => {
  test("show every record once, 50 per page, with the user's own actions for its kind", async () => {
    const [action] = addActions(350);
    addActions(351, "Another user's");
    const visit = await browserOf(sandbox, 350);
    const subjects: string[] = [];
    let path: string | undefined = "/sandbox/matters";
    for (let pages = 0; path; pages++) {
      const { html } = await visit(path);
      const links = menuLinks(html);
      expect(links.length).toBeLessThanOrEqual(50);
      expect(html).not.toContain("Another user");
      for (const link of links) {
        const query = new URL(link, sandbox.url).searchParams;
        expect(query.get("custom_action_id")).toBe(String(action!.id));
        subjects.push(query.get("subject") ?? "");
      }
      path = unescapeHtml(/<a href="([^"]+)" rel="next"/.exec(html)?.[1] ?? "") || undefined;
      expect(pages).toBeLessThan(2);
    }
    expect(subjects).toEqual(
      sandbox.firms[0]!.matters.map(({ id }) => id)
        .sort()
        .map((id) => `/api/v4/matters/${id}`),
    );
  });

  test.each(["0", "-1", "99", "x", "1.5"])("page %s is replaced by an existing page", async (page) => {
    const { status, html } = await (await browserOf(sandbox, 350))(`/sandbox/matters?page=${page}`);
    expect(status).toBe(200);
    expect(html).toMatch(page === "99" ? "Page 2 of 2" : "Page 1 of 2");
  });

  test.each(KINDS)("%s: the record's page has the same menu", async (kind) => {
    const action = addActions(350)[KINDS.indexOf(kind)]!;
    const visit = await browserOf(sandbox, 350);
    const list = menuLinks((await visit(`/sandbox/${kind}`)).html)[0]!;
    const subject = new URL(list, sandbox.url).searchParams.get("subject")!;
    const { status, html } = await visit(subject.replace("/api/v4", "/sandbox"));
    expect(status).toBe(200);
    expect(menuLinks(html)[0]).toBe(list);
    expect(list).toContain(`custom_action_id=${action.id}&`);
    expect(html).toContain(`<a href="/sandbox/${kind}" aria-current="page">`);
  });

  test("a menu without actions says so", async () => {
    const { html } = await (await browserOf(sandbox, 350))("/sandbox/matters/1834567");
    expect(menuLinks(html)).toEqual([]);
    expect(html).toContain("No app has added an action for you here.");
  });

  test("every page escapes names from records", async () => {
    const hostile = '"><script>label()</script>';
    addActions(350, hostile);
    const visit = await browserOf(sandbox, 350);
    const { scriptMatter, formulaContact, markupStaff, activityWithMarkup, strayDocument } = cases;
    for (const path of [
      "/",
      ...KINDS.flatMap((kind) => [`/sandbox/${kind}`, `/sandbox/${kind}?page=2`]),
      `/sandbox/matters/${scriptMatter.matterId}`,
      `/sandbox/matters/${formulaContact.matterId}`,
      `/sandbox/contacts/${scriptMatter.contactId}`,
      `/sandbox/activities/${activityWithMarkup.activityId}`,
      `/sandbox/documents/${strayDocument.documentId}`,
      `/sandbox/users/${markupStaff.userId}`,
      "/sandbox/users",
    ]) {
      const { html } = await visit(path);
      expect(html).not.toMatch(/<script|<b>|<img|"><s/);
    }
    const { html } = await visit(`/sandbox/matters/${scriptMatter.matterId}`);
    expect(unescapeHtml(html)).toContain(`00082-Calloway ${scriptMatter.description}</h1>`);
  });
});

describe("restricted access", () => {
  test("hidden contacts are missing from the list and from matters, and have no page", async () => {
    addActions(BOOKKEEPER);
    const visit = await browserOf(sandbox, BOOKKEEPER);
    const list = (await visit("/sandbox/contacts")).html;
    expect(list).not.toContain("Jane Doe");
    expect(list).toContain("68 in total");
    expect((await visit(`/sandbox/contacts/${JANE}`)).status).toBe(404);
    const { html } = await visit(`/sandbox/matters/${cases.janeDoe.matterId}`);
    expect(html).toContain("<dt>Client</dt><dd><em>Hidden from you</em></dd>");
    expect(html).not.toContain("Jane Doe");
    expect((await (await browserOf(sandbox, 350))("/sandbox/contacts")).html).toContain("Jane Doe");
  });

  test("without the permission a list and a record get a 403 that names it", async () => {
    const visit = await browserOf(sandbox, BOOKKEEPER);
    for (const path of [
      "documents",
      "folders",
      `documents/${cases.documentOfMatter.documentId}`,
      `folders/${cases.folderOfMatter.folderId}`,
    ]) {
      const { status, html } = await visit(`/sandbox/${path}`);
      expect(status).toBe(403);
      expect(html).toContain("Paula Renwick has no access to documents");
    }
    const matter = (await visit(`/sandbox/matters/${cases.janeDoe.matterId}`)).html;
    expect(matter).toContain("<h2>Activities</h2>");
    expect(matter).not.toMatch(/<h2>(Documents|Folders)/);
    sandbox.firms[0]!.users.find(({ id }) => id === BOOKKEEPER)!.permissions.delete("users");
    expect((await visit("/sandbox/users")).status).toBe(403);
    expect((await visit("/sandbox/users/350", { phone_number: "1" })).status).toBe(403);
  });

  test.each([
    "/sandbox/nothing",
    "/sandbox/matters/1",
    "/sandbox/matters/x",
    "/sandbox/users/1",
    "/sandbox/nothing/1",
  ])("%s gets 404", async (path) => {
    expect((await (await browserOf(sandbox, 350))(path)).status).toBe(404);
  });
});

describe("phone logs, tasks and relationships", () => {
  const log = {
    type: "PhoneCommunication",
    subject: "Call from Jane Doe",
    body: "First line\n<b>Second</b> line",
    matter: { id: cases.janeDoe.matterId },
    senders: [{ id: JANE, type: "Contact" }],
    receivers: [{ id: 354, type: "User" }],
    notification_event_subscribers: [{ user_id: "354" }],
  };
  const task = {
    name: "Call Jane Doe back",
    description: "About the hearing",
    assignee: { id: 354, type: "User" },
    matter: { id: cases.janeDoe.matterId },
  };

  test("are on the pages of their matter and contact", async () => {
    const api = apiOf(sandbox);
    expect((await api("communications", "POST", log)).status).toBe(201);
    expect((await api("tasks", "POST", task)).status).toBe(201);
    const visit = await browserOf(sandbox, 350);
    const matter = (await visit(`/sandbox/matters/${cases.janeDoe.matterId}`)).html;
    expect(matter).toContain("<h3>Call from Jane Doe</h3>");
    expect(matter).toContain("First line\n&#60;b&#62;Second");
    expect(matter).toContain('Notified: <a href="/sandbox/users/354">');
    expect(matter).toContain("Call Jane Doe back");
    const contact = (await visit(`/sandbox/contacts/${JANE}`)).html;
    expect(contact).toContain("<h3>Call from Jane Doe</h3>");
    expect((await visit("/sandbox/matters/1834568")).html).not.toContain("Phone logs");
  });

  test("are hidden without the permission, and don't name a hidden contact", async () => {
    await apiOf(sandbox)("communications", "POST", { ...log, subject: "Call" });
    const { html } = await (await browserOf(sandbox, BOOKKEEPER))(
      `/sandbox/matters/${cases.janeDoe.matterId}`,
    );
    expect(html).toContain("From <em>Hidden from you</em> to");
    expect(html).not.toContain("Jane Doe");
    sandbox.firms[0]!.users.find(({ id }) => id === BOOKKEEPER)!.permissions.delete("communications");
    const without = await (await browserOf(sandbox, BOOKKEEPER))(
      `/sandbox/matters/${cases.janeDoe.matterId}`,
    );
    expect(without.html).not.toContain("Phone logs");
  });

  test("a relationship can be added by name or ID, and removed", async () => {
    const visit = await browserOf(sandbox, 350);
    const path = `/sandbox/matters/${cases.janeDoe.matterId}`;
    const { spouse } = cases;
    const added = await visit(`${path}/relationships`, { contact: spouse.name, description: "Sister" });
    expect(added).toMatchObject({ status: 303, location: `${path}?saved` });
    expect((await visit(path)).html).toContain(
      `<a href="/sandbox/contacts/${spouse.contactId}">Helen Tate</a>`,
    );
    expect((await visit(`/sandbox/contacts/${spouse.contactId}`)).html).toContain("<td>Sister</td>");
    const api = apiOf(sandbox);
    const find = () =>
      api(`relationships?matter_id=${cases.janeDoe.matterId}&contact_id=${spouse.contactId}`);
    const [relationship] = (await find()).body.data;
    await visit(`${path}/relationships`, { contact: String(cases.adjuster.contactId) });
    expect((await visit(path)).html).toContain("Warren Pike");
    // Through another matter's page, nothing is removed.
    const wrong = `/sandbox/matters/1834568/relationships/${relationship.id}/delete`;
    expect((await visit(wrong, {})).status).toBe(404);
    expect((await visit(`${path}/relationships/${relationship.id}/delete`, {})).status).toBe(303);
    expect((await find()).body.data).toEqual([]);
  });

  test.each([cases.sameName.name, "Nobody", "", "1"])(
    "a relationship with %j is not added",
    async (contact) => {
      const visit = await browserOf(sandbox, 350);
      const before = sandbox.firms[0]!.relationships!.length;
      const path = `/sandbox/matters/${cases.janeDoe.matterId}/relationships`;
      expect((await visit(path, { contact })).status).toBe(400);
      expect(sandbox.firms[0]!.relationships).toHaveLength(before);
    },
  );

  test("a relationship with a hidden contact is not added", async () => {
    const visit = await browserOf(sandbox, BOOKKEEPER);
    const answer = await visit("/sandbox/matters/1834568/relationships", { contact: "Jane Doe" });
    expect(answer.status).toBe(400);
  });
});

describe("a calendar", () => {
  const { privateCalendar, inCourt, eventTypes } = calendarCases;

  test("shows its entries in the user's time zone", async () => {
    const visit = await browserOf(sandbox, 350);
    const { html } = await visit(`/sandbox/users/${inCourt.userId}`);
    expect(html).toContain("<td>Hearing</td><td>Court</td><td>2026-05-31 16:00</td>");
    const vacation = (await visit(`/sandbox/users/${calendarCases.onVacation.userId}`)).html;
    expect(vacation).toContain("<td>Vacation</td><td>Vacation</td><td>2026-05-30</td><td>2026-06-03</td>");
  });

  test("an entry can be added and removed", async () => {
    const visit = await browserOf(sandbox, 350);
    const path = "/sandbox/users/350";
    const form = { summary: "Trial", event_type: String(eventTypes.court) };
    const times = { from: "2026-11-01T09:00", until: "2026-11-01T12:30" };
    expect(await visit(`${path}/calendar-entries`, { ...form, ...times })).toMatchObject({
      status: 303,
      location: `${path}?saved`,
    });
    await visit(`${path}/calendar-entries`, { ...form, ...times, all_day: "true" });
    const fields = "id,start_at,end_at,all_day,calendar_entry_event_type{name}";
    const list = () =>
      apiOf(sandbox)(`calendar_entries?calendar_id=300350&from=2026-10-01T00:00:00Z&fields=${fields}`);
    const { data } = (await list()).body;
    const court = { calendar_entry_event_type: { name: "Court" } };
    // The clocks went back that night.
    expect(data).toMatchObject([
      { ...court, start_at: "2026-11-01T17:00:00Z", end_at: "2026-11-01T20:30:00Z", all_day: false },
      { ...court, start_at: "2026-11-01T00:00:00Z", end_at: "2026-11-02T00:00:00Z", all_day: true },
    ]);
    expect((await visit(`${path}/calendar-entries/${data[0].id}/delete`, {})).status).toBe(303);
    expect((await list()).body.data).toHaveLength(1);
  });

  test.each([
    { from: "2026-11-01T09:00", until: "2026-11-01T09:00" },
    { from: "2026-11-02T09:00", until: "2026-11-01T09:00", all_day: "true" },
    { from: "soon", until: "later" },
    {},
  ])("an entry with the times %j is not added", async (times) => {
    const visit = await browserOf(sandbox, 350);
    const before = sandbox.firms[0]!.calendar_entries!.length;
    const answer = await visit("/sandbox/users/350/calendar-entries", times as Record<string, string>);
    expect(answer.status).toBe(400);
    expect(sandbox.firms[0]!.calendar_entries).toHaveLength(before);
  });

  test("that is hidden from the user shows nothing and can't be changed", async () => {
    const visit = await browserOf(sandbox, 350);
    const path = `/sandbox/users/${privateCalendar.userId}`;
    const { html } = await visit(path);
    expect(html).toContain("Hidden from you");
    expect(html).not.toContain("Family trip");
    const times = { from: "2026-11-01T09:00", until: "2026-11-01T12:30" };
    expect((await visit(`${path}/calendar-entries`, times)).status).toBe(404);
    const entry = `${path}/calendar-entries/${privateCalendar.entryId}/delete`;
    expect((await visit(entry, {})).status).toBe(404);
    const through = `/sandbox/users/350/calendar-entries/${privateCalendar.entryId}/delete`;
    expect((await visit(through, {})).status).toBe(404);
  });
});

describe("a click", () => {
  test("opens the target URL with the four parameters and a valid nonce", async () => {
    const [action] = addActions(350);
    const visit = await browserOf(sandbox, 350);
    const [link] = menuLinks((await visit("/sandbox/matters/1834567")).html);
    const { status, location } = await visit(link!);
    expect(status).toBe(302);
    const url = new URL(location!);
    expect(`${url.origin}${url.pathname}`).toBe("https://router.example/clio-action");
    expect(url.search).toContain("subject_url=%2Fapi%2Fv4%2Fmatters%2F1834567&");
    const { custom_action_nonce, ...sent } = Object.fromEntries(url.searchParams);
    expect(sent).toEqual({
      custom_action_id: String(action!.id),
      user_id: "350",
      subject_url: "/api/v4/matters/1834567",
    });
    const api = apiOf(sandbox, 350);
    const path = `${sent.subject_url}?custom_action_nonce=${custom_action_nonce}`;
    expect((await api(path)).status).toBe(200);
    expect((await api(path)).status).toBe(403);
  });

  test("is rejected for another user's action, another kind of record and a hidden record", async () => {
    const [onMatters, onContacts, , onDocuments] = addActions(BOOKKEEPER);
    const [foreign] = addActions(350);
    const visit = await browserOf(sandbox, BOOKKEEPER);
    const click = (id: number | undefined, subject: string) =>
      visit(`/sandbox/click?${new URLSearchParams({ custom_action_id: String(id), subject })}`);
    const matter = "/api/v4/matters/1834567";
    expect((await click(onMatters!.id, matter)).status).toBe(302);
    for (const [id, subject] of [
      [foreign!.id, matter],
      [undefined, matter],
      [onContacts!.id, matter],
      [onMatters!.id, "/api/v4/matters/1"],
      [onMatters!.id, `${matter}.json`],
      [onMatters!.id, `//evil.example${matter}`],
      [onMatters!.id, ""],
      [onContacts!.id, `/api/v4/contacts/${JANE}`],
      [onDocuments!.id, `/api/v4/documents/${cases.documentOfMatter.documentId}`],
    ] as const) {
      expect(await click(id, subject)).toMatchObject({ status: 404, location: null });
    }
  });

  test("without a signed-in user redirects to sign in, and then to the record rather than to the app", async () => {
    const [action] = addActions(350);
    const visit = await browserOf(sandbox);
    const click = `/sandbox/click?custom_action_id=${action!.id}&subject=%2Fapi%2Fv4%2Fmatters%2F1834567`;
    expect((await visit(click)).location).toBe("/?next=%2Fsandbox%2Fmatters%2F1834567");
    expect((await visit("/sandbox/click")).location).toBe("/?next=%2Fsandbox%2Fmatters");
  });
});

describe("editing", () => {
  test("a matter's staff and attorney can be changed or removed, and the API shows it", async () => {
    const visit = await browserOf(sandbox, 351);
    const page = (await visit("/sandbox/matters/1834567")).html;
    expect(page).toContain('<option value="350" selected>Felix Dubinsky');
    expect(page).not.toContain("Harold Pruitt");
    const form = { responsible_staff_id: "363", responsible_attorney_id: "" };
    const saved = await visit("/sandbox/matters/1834567", form);
    expect(saved).toMatchObject({ status: 303, location: "/sandbox/matters/1834567?saved" });
    const { html } = await visit(saved.location!);
    expect(html).toContain('role="status"');
    expect(html).toContain('<option value="363" selected>');
    const fields = "responsible_staff{id},responsible_attorney{id},originating_attorney{id},updated_at";
    const { data } = (await apiOf(sandbox)(`matters/1834567?fields=${fields}`)).body;
    expect(data).toEqual({
      responsible_staff: { id: 363 },
      responsible_attorney: null,
      originating_attorney: { id: 352 },
      updated_at: "2026-06-01T00:00:00Z",
    });
  });

  test("a disabled user who is already responsible can stay selected", async () => {
    const { html } = await (await browserOf(sandbox, 351))(
      `/sandbox/matters/${cases.disabledStaff.matterId}`,
    );
    expect(html.match(/Harold Pruitt \(/g)).toHaveLength(1);
  });

  test.each(["1", "x", "900"])("user %s is not in the firm, and nothing changes", async (id) => {
    const visit = await browserOf(sandbox, 351);
    const before = structuredClone(sandbox.firms[0]!.matters);
    const answer = await visit("/sandbox/matters/1834567", {
      responsible_staff_id: "363",
      responsible_attorney_id: id,
    });
    expect(answer.status).toBe(400);
    expect(sandbox.firms[0]!.matters).toEqual(before);
  });

  test("a user's phone number can be changed and removed", async () => {
    const visit = await browserOf(sandbox, 351);
    const read = async () => (await apiOf(sandbox)("users/359?fields=phone_number,updated_at")).body.data;
    const saved = await visit("/sandbox/users/359", { phone_number: ' 628 555-0199 "x" ' });
    expect(saved.location).toBe("/sandbox/users/359?saved");
    expect(await read()).toEqual({
      phone_number: '628 555-0199 "x"',
      updated_at: "2026-06-01T00:00:00Z",
    });
    expect((await visit(saved.location!)).html).toContain('value="628 555-0199 &#34;x&#34;"');
    await visit("/sandbox/users/359", { phone_number: " " });
    expect(await read()).toMatchObject({ phone_number: null });
  });

  test("an unknown record gets 404", async () => {
    const visit = await browserOf(sandbox, 351);
    expect((await visit("/sandbox/matters/1", { responsible_staff_id: "" })).status).toBe(404);
    expect((await visit("/sandbox/users/1", { phone_number: "" })).status).toBe(404);
  });
});

describe("Clio's own URLs", () => {
  const script = readFileSync(new URL("../../sandbox/pages/open-record.js", import.meta.url), "utf8");

  /** The redirects of a browser that opens `/nc/` with this hash. */
  function redirectsOf(hash: string): string[] {
    const redirects: string[] = [];
    const location = { hash, replace: (path: string) => redirects.push(path) };
    runInNewContext(script, { location, addEventListener: () => {} });
    return redirects;
  }

  test.each([
    ["#/matters/1834567", "/sandbox/matters/1834567"],
    ["#/matters/1834567/activities", "/sandbox/matters/1834567"],
    ["#/contacts/2512428500", "/sandbox/contacts/2512428500"],
    ["#/documents/920001/details", "/sandbox/documents/920001"],
    ["#/folders/930001", "/sandbox/folders/930001"],
    ["#/activities", "/sandbox/activities"],
    ["#/activities/910001?x=1", "/sandbox/activities/910001"],
    ["#/settings/users", "/sandbox/users"],
    ["#/settings/users/350", "/sandbox/users/350"],
    ["#/settings?path=settings%2Fusers", "/sandbox/users"],
    ["#/bills/5", "/"],
    ["#/matters/javascript:alert(1)", "/sandbox/matters"],
    ["#/mattersx/5", "/"],
    ["#%", "/"],
    ["", "/"],
  ])("/nc/%s redirects to %s", (hash, path) => {
    expect(redirectsOf(hash)).toEqual([path]);
  });

  test("the page loads its script from a file, and its policy allows no inline script", async () => {
    const visit = await browserOf(sandbox);
    for (const path of ["/nc/", "/nc"]) {
      const { status, html, headers } = await visit(path);
      expect(status).toBe(200);
      expect(html.match(/<script/g)).toHaveLength(1);
      expect(html).toContain('<script src="/nc/open-record.js" defer></script>');
      expect(headers.get("content-security-policy")).toContain("script-src 'self'");
    }
    const { status, headers } = await visit("/nc/open-record.js");
    expect(status).toBe(200);
    expect(headers.get("content-type")).toContain("javascript");
    expect((await visit("/sandbox/style.css")).headers.get("content-type")).toContain("css");
  });

  test("the users' settings also work without the hash", async () => {
    const visit = await browserOf(sandbox);
    expect((await visit("/settings/users")).location).toBe("/sandbox/users");
    expect((await visit("/settings/users/350")).location).toBe("/sandbox/users/350");
    expect((await visit("/settings/users/x")).location).toBe("/sandbox/users");
  });
});

test("pages have a strict policy, are not cached, and are exempt from faults and the request log", async () => {
  sandbox.fault({ kind: "status", status: 500, times: Number.POSITIVE_INFINITY });
  const visit = await browserOf(sandbox, 350);
  for (const path of ["/", "/sandbox/matters", "/sandbox/users/350", "/nc/"]) {
    const { status, headers } = await visit(path);
    expect(status).toBe(200);
    expect(headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(headers.get("cache-control")).toBe("no-store");
  }
  expect(sandbox.requests).toEqual([]);
});
