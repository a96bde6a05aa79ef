import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { exampleCases as cases, exampleFirm } from "../../sandbox/firms/example-firm.ts";
import { linkedRecordCases } from "../../sandbox/firms/example-linked-records.ts";
import { type Firm, person, user } from "../../sandbox/firms/firm.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { readCalendarEntriesPage } from "../../src/clio/resources/calendar-entries.ts";
import { listCalendarEventTypes } from "../../src/clio/resources/calendar-entry-event-types.ts";
import { listCalendars } from "../../src/clio/resources/calendars.ts";
import { createPhoneLog, findPhoneLog } from "../../src/clio/resources/communications.ts";
import { addPhoneNumber, createPerson } from "../../src/clio/resources/contacts.ts";
import { listChangedMatters, listLiveMatterIds } from "../../src/clio/resources/matters.ts";
import {
  listRelationshipsOfContact,
  readChangedRelationships,
  readRelationshipsById,
  readRelationshipsPage,
} from "../../src/clio/resources/relationships.ts";
import { createTask, findTask } from "../../src/clio/resources/tasks.ts";
import { listStaff } from "../../src/clio/resources/users.ts";
import { ASSETS } from "../../src/views/views.ts";
import { mirroredService, until } from "../../testkit/mirror.ts";
import {
  type Browser,
  connectUser,
  consent,
  pathOf,
  type RunningService,
  SETUP_TOKEN,
  sandboxForTest,
  serviceForTest,
} from "../../testkit/service.ts";
import { sandboxAccessForTest } from "../clio/resources/clio-access.ts";
import { ROUTES } from "../tenant-isolation/requests.ts";
import { Conformance } from "./conformance.ts";
import { Description } from "./description.ts";
import type { Exchange } from "./exchange.ts";
import { pathWithIds, probesOf } from "./probes.ts";
import { recordingProxyForTest } from "./recording-proxy.ts";

const DAY_MS = 24 * 60 * 60_000;
const FILE = process.env.CLIO_OPENAPI;
const APP = join(import.meta.dirname, "../../src/app.ts");

if (FILE) contract(FILE);
else
  describe("Clio's API description", () => {
    test.skip("skipped: set CLIO_OPENAPI to the path of Clio's API description", () => {});
  });

function contract(file: string): void {
  if (!existsSync(file)) throw new Error(`CLIO_OPENAPI: ${file} doesn't exist`);
  const description = new Description(file);
  const conformance = new Conformance(description);

  /** The distinct problems of all exchanges. */
  const problemsOf = (exchanges: readonly Exchange[], side: "requestProblems" | "responseProblems") => [
    ...new Set(exchanges.flatMap((exchange) => conformance[side](exchange))),
  ];

  describe("Clio's API description", () => {
    test("allows every request of the service and every response of the sandbox to it", async () => {
      const sandbox = await sandboxForTest({ firms: [exampleFirm(), largeFirm()] });
      const { url, exchanges } = await recordingProxyForTest(sandbox.url);
      const service = await serviceForTest(url, {
        env: {
          CUSTOM_ACTION_RECORDS: "matters,contacts,activities,documents,folders",
          ROUTE_BY_NAME: "true",
          // Successful probes are logged at this level.
          LOG_LEVEL: "debug",
        },
      });
      await useEveryRoute(service, sandbox);

      const toApi = exchanges.filter(({ path }) => !path.startsWith("/oauth/"));
      expect(problemsOf(toApi, "requestProblems")).toEqual([]);
      expect(problemsOf(toApi, "responseProblems")).toEqual([]);
      expect(toApi.some(({ path }) => path.includes("page_token="))).toBe(true);
      expect(statusesOf(toApi)).toEqual([200, 201, 204, 401, 403, 422, 429]);
      expect(unusedRoutes(service), "useEveryRoute doesn't use these routes").toEqual([]);
    });

    test("allows every request that syncs a mirror and every response of the sandbox to it", async () => {
      let exchanges: Exchange[] = [];
      const { sandbox, clock, restart } = await mirroredService({
        sandbox: { firms: [largeFirm()] },
        publicUrl: "https://router.example.com",
        async startProxy(sandboxUrl) {
          const proxy = await recordingProxyForTest(sandboxUrl);
          exchanges = proxy.exchanges;
          return proxy.url;
        },
      });
      const waitForRequest = (method: string, path: RegExp) =>
        until(() =>
          expect(exchanges.map((each) => `${each.method} ${each.path}`)).toContainEqual(
            expect.stringMatching(new RegExp(`^${method} .*${path.source}`)),
          ),
        );
      await waitForRequest("POST", /webhooks/);
      clock.now += DAY_MS;
      await waitForRequest("GET", /contacts.*updated_since=/);
      await sandbox.webhooks.idle();
      sandbox.changes().contact(9_000_000, { title: "Dr" });
      await waitForRequest("GET", /contacts.*ids/);
      clock.now += 21 * DAY_MS;
      await waitForRequest("PATCH", /webhooks/);
      await restart({ PUBLIC_URL: "https://elsewhere.example.com" });
      await waitForRequest("DELETE", /webhooks/);

      const toApi = exchanges.filter(({ path }) => !path.startsWith("/oauth/"));
      expect(problemsOf(toApi, "requestProblems")).toEqual([]);
      expect(problemsOf(toApi, "responseProblems")).toEqual([]);
    });

    test("allows every request for calendars, relationships, phone logs, tasks, contacts and transfer rules", async () => {
      let exchanges: Exchange[] = [];
      const { accessOf, context } = await sandboxAccessForTest({
        async startProxy(sandboxUrl) {
          const proxy = await recordingProxyForTest(sandboxUrl);
          exchanges = proxy.exchanges;
          return proxy.url;
        },
      });
      const clio = accessOf();
      const property = { name: "router_call", value: "call-1" };
      await createPhoneLog(
        clio,
        {
          subject: "Call from Jane Doe",
          body: "Asked about the hearing.",
          receivedAt: Date.parse("2026-06-01T16:15:00Z"),
          matterId: cases.janeDoe.matterId,
          from: [{ id: cases.janeDoe.contactId, type: "Contact" }],
          to: [{ id: 350, type: "User" }],
          externalProperties: [property],
          notifyUserIds: [350],
        },
        context,
      );
      await findPhoneLog(clio, property, context);
      await listLiveMatterIds(clio, context, () => {});
      await listChangedMatters(clio, Date.parse("2026-05-01T00:00:00Z"), 1_000, context);
      await listStaff(clio, context);
      await createTask(
        clio,
        {
          name: "Call back",
          description: "About the hearing.",
          assigneeId: 350,
          dueOn: "2026-06-02",
          matterId: cases.janeDoe.matterId,
          notifyAssignee: true,
        },
        context,
      );
      await findTask(clio, { text: "hearing", assigneeId: 350, createdSince: 0 }, context);
      const phoneNumber = "+14155550137";
      await createPerson(clio, { firstName: "Ada", lastName: "Novello", phoneNumber }, context);
      await addPhoneNumber(clio, cases.janeDoe.contactId, phoneNumber, context);
      await listRelationshipsOfContact(clio, cases.spouse.contactId, context);
      await readRelationshipsPage(clio, null, context);
      await readRelationshipsById(clio, [cases.spouse.relationshipId], context);
      await readChangedRelationships(clio, 0, context, async () => "continue");
      await listCalendars(clio, context);
      await listCalendarEventTypes(clio, context);
      await readCalendarEntriesPage(clio, { from: 0, to: Date.now(), includesAllDay: false }, null, context);

      expect(exchanges).toHaveLength(16);
      expect(statusesOf(exchanges)).toEqual([200, 201]);
      expect(problemsOf(exchanges, "requestProblems")).toEqual([]);
      expect(problemsOf(exchanges, "responseProblems")).toEqual([]);
    });

    test("allows every response of the sandbox to any described read", async () => {
      const sandbox = await sandboxForTest();
      const get = clioClient(sandbox, 350);
      await get("/communications", "POST", { data: phoneLog() });
      await get("/tasks", "POST", { data: newTask() });
      const supportedPaths = new Set<string>();
      const exchanges: Exchange[] = [];
      for (const [path, operation] of description.getOperations()) {
        const plain = await get(pathWithIds(path, (list) => idIn(sandbox, list)));
        // The sandbox supports only a part of Clio; the rest is "not found".
        if (plain.status === 404) continue;
        exchanges.push(plain);
        supportedPaths.add(path);
        const anId = idIn(sandbox, path) ?? cases.janeDoe.contactId;
        for (const query of probesOf(description, operation, anId)) {
          const response = await get(`${plain.path}?${query}`);
          exchanges.push(response);
          expect(response.status, response.path).toBe(200);
          const next = JSON.parse(response.text).meta?.paging?.next;
          if (next) exchanges.push(await get(next));
        }
      }
      expect(problemsOf(exchanges, "requestProblems")).toEqual([]);
      expect(problemsOf(exchanges, "responseProblems")).toEqual([]);
      expect([...supportedPaths]).toEqual(
        expect.arrayContaining([
          "/contacts",
          "/contacts/{id}",
          "/matters",
          "/users/who_am_i",
          "/communications",
          "/communications/{id}",
          "/tasks",
          "/tasks/{id}",
          "/relationships",
          "/relationships/{id}",
          "/calendars",
          "/calendar_entries",
          "/calendar_entries/{id}",
          "/calendar_entry_event_types",
        ]),
      );
    });

    test("allows what can be written to the sandbox, and every response to it", async () => {
      const sandbox = await sandboxForTest();
      const send = clioClient(sandbox, 350);
      const every = (kind: string) =>
        Object.keys(description.record(operationOf("get", kind))?.properties ?? {}).join(",");
      const operationOf = (method: string, path: string) => {
        const found = description.find(method, `/api/v4${path}`);
        if (!found) throw new Error(`the description has no ${method} ${path}`);
        return found.operation;
      };
      const write = (method: string, path: string, data: unknown) =>
        send(`${path}?fields=${every(path)}`, method, { data });
      const exchanges = [
        await write("POST", "/communications", phoneLog()),
        await write("POST", "/tasks", newTask()),
        await write("POST", "/contacts", newContact()),
        await write("PATCH", `/contacts/${cases.janeDoe.contactId}`, {
          phone_numbers: [{ name: "Other", number: "+14155550138" }],
        }),
        await send(`/communications/${idIn(sandbox, "/communications")}`, "PATCH", {
          data: { subject: "Call" },
        }),
        await send(`/communications/${idIn(sandbox, "/communications")}`, "DELETE"),
      ];
      expect(statusesOf(exchanges)).toEqual([200, 201, 204]);
      expect(problemsOf(exchanges, "requestProblems")).toEqual([]);
      const refused = [
        await send("/communications", "POST", { data: { ...phoneLog(), subject: "" } }),
        await send("/communications", "POST", { data: { ...phoneLog(), matter: { id: 1 } } }),
        await send("/communications", "POST", { data: { ...phoneLog(), nonsense: 1 } }),
        await send("/tasks", "POST", { data: { ...newTask(), name: "" } }),
        await send("/contacts", "POST", { data: { ...newContact(), first_name: "", last_name: "" } }),
        await send(
          `/contacts/${cases.janeDoe.contactId}`,
          "PATCH",
          { data: { phone_numbers: [] } },
          { "If-Match": '"old"' },
        ),
      ];
      expect(statusesOf(refused)).toEqual([400, 404, 412, 422]);
      expect(problemsOf([...exchanges, ...refused], "responseProblems")).toEqual([]);
    });

    test("allows the sandbox's error responses", async () => {
      const sandbox = await sandboxForTest();
      const get = clioClient(sandbox, 350);
      const errors = [
        await get("/contacts?fields=nonsense"),
        await get("/contacts?fields=company{phone_numbers{number}}"),
        await get("/contacts?limit=201"),
        await get("/matters?order=backwards"),
        await get("/contacts/1"),
        await get("/users/1"),
      ];
      sandbox.firms[0]?.users.find(({ id }) => id === 350)?.permissions.clear();
      for (const path of ["/contacts", "/matters/1", "/users"]) errors.push(await get(path));
      sandbox.setRequestsPerMinute(0);
      errors.push(await get("/contacts"));
      sandbox.expireTokens();
      errors.push(await get("/contacts"));

      expect(problemsOf(errors, "responseProblems")).toEqual([]);
      expect(statusesOf(errors)).toEqual([400, 401, 403, 404, 429]);
    });
  });
}

/** A firm with two pages of contacts. */
function largeFirm(): Firm {
  const contacts = Array.from({ length: 250 }, (_, index) =>
    person(9_000_000 + index, `Quentin Person${index}`, { phones: ["(415) 555-0188"] }),
  );
  return {
    account: { id: 9, name: "Paper & Sons" },
    users: [user(9_001, "Olga Owner")],
    contacts,
    matters: [],
  };
}

/** What can be done with a call. Some of it ends the call, so each is done with another one. */
const CALL_FORMS = ["contacts", "matters", "log", "number", "new-contact", "retry", "dismiss"];

/** Uses every feature of the service, so that it sends every kind of request to Clio. */
async function useEveryRoute(service: RunningService, sandbox: Sandbox): Promise<void> {
  const [firm] = sandbox.firms;
  const userId = firm?.users[0]?.id ?? 0;
  const { browser, key } = await connectUser(service, { userId, setup: SETUP_TOKEN });
  const large = await connectUser(service, { userId: 9_001, setup: SETUP_TOKEN });
  const requestWith =
    (bearer: string | null) =>
    (path: string, query: Record<string, string> = {}) =>
      browser.get(path).query(query).set("Authorization", `Bearer ${bearer}`);
  const request = requestWith(key);

  for (const path of ["/healthz", "/readyz", "/metrics", "/openapi.json", "/"]) await browser.get(path);
  await browser.get(await consent(browser, { userId, decision: "decline" }));
  for (const { id, name, phone_numbers } of firm?.contacts ?? []) {
    await request("/responsible-staff", { clio_contact_id: String(id), matter: "lease" });
    for (const { number } of phone_numbers) {
      await request("/lookup-contact", { phone: number });
      await request("/route-call", { caller_id: number });
      await request("/lookup-contact", { last_4: number.slice(-4), name });
    }
  }
  await requestWith(large.key)("/lookup-contact", { last_4: "0188" });
  await request("/route-call", { caller_id: "anonymous", name: cases.noNumber.name });
  await browser
    .post("/after-call")
    .set("Authorization", `Bearer ${key}`)
    .send({ caller_id: cases.janeDoe.phone, summary: "Asked about the hearing." });

  for (const [kind, id] of [
    ["matters", cases.janeDoe.matterId],
    ["contacts", cases.severalMatters.contactId],
    ["activities", linkedRecordCases.activityOfJaneDoe.activityId],
    ["documents", linkedRecordCases.documentInNestedFolder.documentId],
    ["documents", linkedRecordCases.documentOfContact.documentId],
    ["folders", linkedRecordCases.deepFolder.folderId],
  ] as const)
    await browser.get(pathOf(sandbox.click({ userId, subjectPath: `/api/v4/${kind}/${id}` })));
  await submitEveryForm(browser, sandbox, userId);

  sandbox.expireTokens();
  await request("/lookup-contact", { phone: cases.janeDoe.phone });
  firm?.users[0]?.permissions.delete("contacts");
  await request("/lookup-contact", { phone: cases.janeDoe.phone });
  sandbox.setRequestsPerMinute(0);
  await request("/responsible-staff", { clio_contact_id: String(cases.janeDoe.contactId) });
}

/**
 * Opens every page for signed-in users and submits every form on them. One of the forms disconnects the user, who then
 * connects again.
 */
async function submitEveryForm(browser: Browser, sandbox: Sandbox, userId: number): Promise<void> {
  const csrf = /name="csrf" value="([^"]+)"/.exec((await browser.get("/setup")).text)?.[1] ?? "";
  const post = (path: string, fields: Record<string, string> = {}) =>
    browser
      .post(path)
      .type("form")
      .send({ csrf, ...fields });

  // Any form finds its fields here, and ignores the others.
  const fields = {
    user_id: String(userId),
    person_id: String(userId),
    key_id: "none",
    name: "Contract",
    number: cases.janeDoe.phone,
    search: "Jane Doe",
    contact_id: String(cases.janeDoe.contactId),
    matter_id: String(cases.janeDoe.matterId),
    last_name: "Contract",
  };
  for (const [route, { requires }] of Object.entries(ROUTES)) {
    const [method, path = ""] = route.split(" ");
    if (/[:*]|sign-out|disconnect/.test(path)) continue;
    if (method === "GET" && requires === "session") await browser.get(path);
    if (method === "POST" && requires === "form") await post(path, fields);
  }
  const calls: { id: string }[] = (await browser.get("/calls.json")).body;
  for (const [index, { id }] of calls.slice(0, CALL_FORMS.length).entries()) {
    await browser.get(`/calls/${id}`);
    await post(`/calls/${id}/${CALL_FORMS[index]}`, fields);
  }
  for (const path of ["/away/save", `/calls/${calls[0]?.id}/log`]) await browser.get(path);
  for (const path of ["/setup/keys", "/transfer-rules/added"]) await browser.get(path);
  // One custom action with an old URL, one that was deleted, and one that Clio reports as a duplicate.
  const [moved, gone] = sandbox.customActions.of(userId);
  if (moved) sandbox.customActions.change(moved, { target_url: "https://old.example/clio-action" });
  if (gone) sandbox.customActions.delete(gone);
  await post("/setup/custom-actions");
  sandbox.fault({ path: /custom_actions\.json\?/, kind: "wrong_shape", body: { data: [] } });
  await post("/setup/custom-actions");
  await browser.post("/webhooks/clio/unknown");
  await post("/setup/disconnect");
  for (const path of Object.keys(ASSETS)) await browser.get(`/assets/${path}`);
  await browser.get(await consent(browser, { userId }));
  const again = /name="csrf" value="([^"]+)"/.exec((await browser.get("/setup")).text)?.[1] ?? "";
  await browser.post("/setup/sign-out").type("form").send({ csrf: again });
  await browser.get(await consent(browser, { userId }));
  const last = /name="csrf" value="([^"]+)"/.exec((await browser.get("/setup")).text)?.[1] ?? "";
  await browser.post("/setup/sign-out-everywhere").type("form").send({ csrf: last });
}

function phoneLog() {
  return {
    type: "PhoneCommunication",
    subject: "Call from Jane Doe",
    body: "Asked about the hearing.",
    received_at: "2026-06-01T16:15:00Z",
    matter: { id: cases.janeDoe.matterId },
    senders: [{ id: cases.janeDoe.contactId, type: "Contact" }],
    receivers: [{ id: 350, type: "User" }],
    external_properties: [{ name: "router_call", value: "call-1" }],
    notification_event_subscribers: [{ user_id: "350" }],
  };
}

function newTask() {
  return {
    name: "Call back",
    description: "About the hearing.",
    assignee: { id: 350, type: "User" },
    due_at: "2026-06-02T00:00:00Z",
    matter: { id: cases.janeDoe.matterId },
  };
}

function newContact() {
  return {
    type: "Person",
    name: "Ada Novello",
    first_name: "Ada",
    last_name: "Novello",
    phone_numbers: [{ name: "Other", number: "+14155550137", default_number: true }],
  };
}

/** Routes of the app without a log line. Their requests to Clio would go unchecked. */
function unusedRoutes(service: RunningService): string[] {
  const usedRoutes = new Set(service.logLines.map((line): unknown => JSON.parse(line).route));
  const paths = readFileSync(APP, "utf8").matchAll(/"(\/[^"*]*)"/g);
  const routes = [...new Set([...paths].map(([, path = ""]) => path))];
  expect(routes).toContain("/lookup-contact");
  return routes.filter((route) => !usedRoutes.has(route));
}

/** A function that sends requests to the sandbox directly, with a new access token of this user. */
function clioClient(sandbox: Sandbox, userId: number) {
  const { access_token } = sandbox.issueToken(userId);
  return async (
    pathOrUrl: string,
    method = "GET",
    body?: unknown,
    moreHeaders: Record<string, string> = {},
  ): Promise<Exchange> => {
    const isUrl = URL.canParse(pathOrUrl);
    const url = new URL(isUrl ? pathOrUrl : `/api/v4${pathOrUrl.replace("/api/v4", "")}`, sandbox.url);
    const headers = {
      Authorization: `Bearer ${access_token}`,
      "Content-Type": "application/json",
      ...moreHeaders,
    };
    const response = await fetch(url, {
      method,
      headers,
      body: body === undefined ? null : JSON.stringify(body),
    });
    return {
      method,
      path: url.pathname + url.search,
      sent: body,
      status: response.status,
      contentType: response.headers.get("content-type") ?? "",
      text: await response.text(),
    };
  };
}

/** The ID of a record in the example firm, whose lists have the same names as the API's paths. */
function idIn(sandbox: Sandbox, path: string): number | undefined {
  const kind = path.split("/")[1] ?? "";
  const records = Object.entries(sandbox.firms[0] ?? {}).find(([name]) => name === kind)?.[1];
  return Array.isArray(records) ? records[0]?.id : undefined;
}

function statusesOf(exchanges: readonly Exchange[]): number[] {
  return [...new Set(exchanges.map(({ status }) => status))].sort();
}
