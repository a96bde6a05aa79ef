import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { filingCases } from "../../sandbox/firms/example-filing.ts";
import { exampleCases as cases, exampleFirm } from "../../sandbox/firms/example-firm.ts";
import { type Firm, person, user } from "../../sandbox/firms/firm.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
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
import { Conformance } from "./conformance.ts";
import { Description } from "./description.ts";
import type { Exchange } from "./exchange.ts";
import { pathWithIds, probesOf } from "./probes.ts";
import { recordingProxyForTest } from "./recording-proxy.ts";

const DAY = 24 * 60 * 60_000;
const FILE = process.env.CLIO_OPENAPI;
const APP = join(import.meta.dirname, "../../src/app.ts");

if (FILE) contract(FILE);
else
  describe("Clio's API description", () => {
    test.skip("is not at hand: CLIO_OPENAPI does not say where it lies", () => {});
  });

function contract(file: string): void {
  if (!existsSync(file)) throw new Error(`CLIO_OPENAPI: there is no ${file}`);
  const description = new Description(file);
  const conformance = new Conformance(description);

  /** Several lists and whole records in one place: vitest shows each problem on a line of its own. */
  const problemsOf = (exchanges: readonly Exchange[], side: "ofRequest" | "ofAnswer") => [
    ...new Set(exchanges.flatMap((exchange) => conformance[side](exchange))),
  ];

  describe("Clio's API description", () => {
    test("allows every request that the service makes, and every answer that the sandbox gives to it", async () => {
      const sandbox = await sandboxForTest({ firms: [exampleFirm(), largeFirm()] });
      const { url, exchanges } = await recordingProxyForTest(sandbox.url);
      const service = await serviceForTest(url, {
        env: {
          CUSTOM_ACTION_RECORDS: "matters,contacts,activities,documents,folders",
          ROUTE_BY_NAME: "true",
        },
      });
      await passEveryRoute(service, sandbox);

      const toApi = exchanges.filter(({ path }) => !path.startsWith("/oauth/"));
      expect(problemsOf(toApi, "ofRequest")).toEqual([]);
      expect(problemsOf(toApi, "ofAnswer")).toEqual([]);
      expect(toApi.some(({ path }) => path.includes("page_token="))).toBe(true);
      expect(statusesOf(toApi)).toEqual([200, 201, 204, 401, 403, 422, 429]);
      expect(routesNotPassed(service), "passEveryRoute leaves these routes out").toEqual([]);
    });

    test("allows every request that keeps a mirror, and every answer of the sandbox to it", async () => {
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
      const did = (method: string, path: RegExp) =>
        until(() =>
          expect(exchanges.map((each) => `${each.method} ${each.path}`)).toContainEqual(
            expect.stringMatching(new RegExp(`^${method} .*${path.source}`)),
          ),
        );
      await did("POST", /webhooks/);
      clock.now += DAY;
      await did("GET", /contacts.*updated_since=/);
      await sandbox.webhooks.settled();
      sandbox.changes().contact(9_000_000, { title: "Dr" });
      await did("GET", /contacts.*ids/);
      clock.now += 21 * DAY;
      await did("PATCH", /webhooks/);
      await restart({ PUBLIC_URL: "https://elsewhere.example.com" });
      await did("DELETE", /webhooks/);

      const toApi = exchanges.filter(({ path }) => !path.startsWith("/oauth/"));
      expect(problemsOf(toApi, "ofRequest")).toEqual([]);
      expect(problemsOf(toApi, "ofAnswer")).toEqual([]);
    });

    test("allows every answer of the sandbox to whatever can be asked of it", async () => {
      const sandbox = await sandboxForTest();
      const ask = asking(sandbox, 350);
      const known = new Set<string>();
      const exchanges: Exchange[] = [];
      for (const [path, operation] of description.reads()) {
        const plain = await ask(pathWithIds(path, (list) => idIn(sandbox, list)));
        // The sandbox stands in for a part of Clio; the rest is "not found".
        if (plain.status === 404) continue;
        exchanges.push(plain);
        known.add(path);
        const anId = idIn(sandbox, path) ?? cases.janeDoe.contactId;
        for (const query of probesOf(description, operation, anId)) {
          const answer = await ask(`${plain.path}?${query}`);
          exchanges.push(answer);
          expect(answer.status, answer.path).toBe(200);
          const next = JSON.parse(answer.text).meta?.paging?.next;
          if (next) exchanges.push(await ask(next));
        }
      }
      expect(problemsOf(exchanges, "ofRequest")).toEqual([]);
      expect(problemsOf(exchanges, "ofAnswer")).toEqual([]);
      expect([...known]).toEqual(
        expect.arrayContaining(["/contacts", "/contacts/{id}", "/matters", "/users/who_am_i"]),
      );
    });

    test("allows the sandbox's refusals", async () => {
      const sandbox = await sandboxForTest();
      const ask = asking(sandbox, 350);
      const refusals = [
        await ask("/contacts?fields=nonsense"),
        await ask("/contacts?fields=company{phone_numbers{number}}"),
        await ask("/contacts?limit=201"),
        await ask("/matters?order=backwards"),
        await ask("/contacts/1"),
        await ask("/users/1"),
      ];
      sandbox.firms[0]?.users.find(({ id }) => id === 350)?.permissions.clear();
      for (const path of ["/contacts", "/matters/1", "/users"]) refusals.push(await ask(path));
      sandbox.setRequestsPerMinute(0);
      refusals.push(await ask("/contacts"));
      sandbox.expireTokens();
      refusals.push(await ask("/contacts"));

      expect(problemsOf(refusals, "ofAnswer")).toEqual([]);
      expect(statusesOf(refusals)).toEqual([400, 401, 403, 404, 429]);
    });
  });
}

/** A firm whose contacts take two pages. */
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

/** Does with the service what it is there for, so that it sends every request to Clio that it knows. */
async function passEveryRoute(service: RunningService, sandbox: Sandbox): Promise<void> {
  const [firm] = sandbox.firms;
  const userId = firm?.users[0]?.id ?? 0;
  const { browser, key } = await connectUser(service, { userId, setup: SETUP_TOKEN });
  const large = await connectUser(service, { userId: 9_001, setup: SETUP_TOKEN });
  const asking =
    (bearer: string | null) =>
    (path: string, query: Record<string, string> = {}) =>
      browser.get(path).query(query).set("Authorization", `Bearer ${bearer}`);
  const ask = asking(key);

  for (const path of ["/healthz", "/readyz", "/metrics", "/openapi.json", "/"]) await browser.get(path);
  await browser.get(await consent(browser, { userId, decision: "decline" }));
  for (const { id, name, phone_numbers } of firm?.contacts ?? []) {
    await ask("/responsible-staff", { clio_contact_id: String(id), matter: "lease" });
    for (const { number } of phone_numbers) {
      await ask("/lookup-contact", { phone: number });
      await ask("/route-call", { caller_id: number });
      await ask("/lookup-contact", { last_4: number.slice(-4), name });
    }
  }
  await asking(large.key)("/lookup-contact", { last_4: "0188" });
  await ask("/route-call", { caller_id: "anonymous", name: cases.noNumber.name });

  for (const [kind, id] of [
    ["matters", cases.janeDoe.matterId],
    ["contacts", cases.severalMatters.contactId],
    ["activities", filingCases.activityOfJaneDoe.activityId],
    ["documents", filingCases.documentInNestedFolder.documentId],
    ["documents", filingCases.documentOfContact.documentId],
    ["folders", filingCases.deepFolder.folderId],
  ] as const)
    await browser.get(pathOf(sandbox.click({ userId, subjectPath: `/api/v4/${kind}/${id}` })));
  await passEveryForm(browser, sandbox, userId);

  sandbox.expireTokens();
  await ask("/lookup-contact", { phone: cases.janeDoe.phone });
  firm?.users[0]?.permissions.delete("contacts");
  await ask("/lookup-contact", { phone: cases.janeDoe.phone });
  sandbox.setRequestsPerMinute(0);
  await ask("/responsible-staff", { clio_contact_id: String(cases.janeDoe.contactId) });
}

/**
 * Files of `src/routes` for whose route there is no log line: a route that is built later has to be passed here as
 * well, or its requests would go unchecked.
 */
/** The pages of whoever is signed in, and every form on them; the last one disconnects, so the user comes back after it. */
async function passEveryForm(browser: Browser, sandbox: Sandbox, userId: number): Promise<void> {
  const csrf = /name="csrf" value="([^"]+)"/.exec((await browser.get("/setup")).text)?.[1] ?? "";
  const post = (path: string, fields: Record<string, string> = {}) =>
    browser
      .post(path)
      .type("form")
      .send({ csrf, ...fields });

  for (const path of ["/transfer-rules", "/transfer-rules.json", "/transfer-rules.csv"])
    await browser.get(path);
  await post("/setup/keys", { name: "Contract" });
  await post("/setup/keys/revoke", { key_id: "none" });
  await post("/setup/answering", { user_id: String(userId) });
  await post("/setup/try", { number: cases.janeDoe.phone });
  // One of ours with an old address, one that is gone, and one that Clio says is there already.
  const [moved, gone] = sandbox.customActions.of(userId);
  if (moved) sandbox.customActions.change(moved, { target_url: "https://old.example/clio-action" });
  if (gone) sandbox.customActions.delete(gone);
  await post("/setup/custom-actions");
  sandbox.fault({ path: /custom_actions\.json\?/, kind: "wrong_shape", body: { data: [] } });
  await post("/setup/custom-actions");
  await post("/setup/read-again");
  await browser.post("/webhooks/clio/unknown");
  await post("/setup/disconnect");
  for (const path of ["/assets/style.css", "/assets/copy.js", "/assets/local-times.js", "/assets/refresh.js"])
    await browser.get(path);
  await browser.get(await consent(browser, { userId }));
  const again = /name="csrf" value="([^"]+)"/.exec((await browser.get("/setup")).text)?.[1] ?? "";
  await browser.post("/setup/sign-out").type("form").send({ csrf: again });
}

function routesNotPassed(service: RunningService): string[] {
  const passed = new Set(service.logLines.map((line): unknown => JSON.parse(line).route));
  const routes = [...readFileSync(APP, "utf8").matchAll(/\.route\("([^"]+)"\)/g)].map(
    ([, route]) => route ?? "",
  );
  expect(routes).toContain("/lookup-contact");
  return routes.filter((route) => !passed.has(route));
}

/** Requests made to the sandbox directly, with a fresh token of one user. */
function asking(sandbox: Sandbox, userId: number) {
  const { access_token } = sandbox.issueToken(userId);
  return async (pathOrUrl: string): Promise<Exchange> => {
    const isUrl = URL.canParse(pathOrUrl);
    const url = new URL(isUrl ? pathOrUrl : `/api/v4${pathOrUrl.replace("/api/v4", "")}`, sandbox.url);
    const answer = await fetch(url, { headers: { Authorization: `Bearer ${access_token}` } });
    return {
      method: "GET",
      path: url.pathname + url.search,
      sent: undefined,
      status: answer.status,
      contentType: answer.headers.get("content-type") ?? "",
      text: await answer.text(),
    };
  };
}

/** The first record of a kind in the example firm; the firm's own lists are called as the paths are. */
function idIn(sandbox: Sandbox, path: string): number | undefined {
  const kind = path.split("/")[1] ?? "";
  const records = Object.entries(sandbox.firms[0] ?? {}).find(([name]) => name === kind)?.[1];
  return Array.isArray(records) ? records[0]?.id : undefined;
}

function statusesOf(exchanges: readonly Exchange[]): number[] {
  return [...new Set(exchanges.map(({ status }) => status))].sort();
}
