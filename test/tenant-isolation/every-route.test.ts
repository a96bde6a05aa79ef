import type { Express } from "express";
import supertest from "supertest";
import { describe, expect, it, vi } from "vitest";
import type { Services } from "../../src/container.ts";
import { metric } from "../../testkit/mirror.ts";
import { type Credentials, foreignCredentials } from "./foreign-credentials.ts";
import { leaksOf } from "./leaks.ts";
import { SHARED } from "./marked-firms.ts";
import { type Credential, ROUTES, type TestRequest } from "./requests.ts";
import { type AdmittedFirm, type ThreeFirms, threeFirms } from "./three-firms.ts";

/** The apps created by the test, to read their routes from, and their services, to wait for background work. */
const apps = vi.hoisted((): { app: Express; services: Services }[] => []);
vi.mock(import("../../src/app.ts"), async (original) => {
  const { createApp } = await original();
  return {
    createApp(services: Services) {
      const app = createApp(services);
      apps.push({ app, services });
      return app;
    },
  };
});

/** The app's routes as Express has them, as `METHOD pattern`. */
function routesOf(app: Express | undefined): string[] {
  return (app?.router.stack ?? []).flatMap(({ route }) => {
    if (!route) return [];
    const methods = Object.keys((route as unknown as { methods: object }).methods);
    return methods
      .filter((method) => method !== "_all")
      .map((method) => `${method.toUpperCase()} ${route.path}`);
  });
}

const REFUSALS: Readonly<Record<Credential, readonly number[]>> = {
  key: [401],
  session: [302, 401],
  form: [403],
  none: [],
};

/** The user has to sign in again for the next request. */
const ENDS_SESSION = new Set([
  "POST /setup/sign-out",
  "POST /setup/sign-out-everywhere",
  "POST /setup/disconnect",
]);

describe.each(["live", "mirror"] as const)("DIRECTORY=%s", (directory) => {
  it("no route reveals or changes anything of another firm, whatever the credentials", async () => {
    const site = await threeFirms(directory);
    const routes = routesOf(apps.at(-1)?.app);
    expect(routes).toContain("GET /route-call");
    expect(routes.toSorted(), "ROUTES has all routes of the app").toEqual(Object.keys(ROUTES).toSorted());

    const problems: string[] = [];
    // First, because afterwards a firm's calls have the numbers that were sent with its key.
    const [callRoutes, others] = [true, false].map((isFirst) =>
      routes.filter((route) => /^\w+ \/calls\b/.test(route) === isFirst),
    );
    for (const route of [...(callRoutes ?? []), ...(others ?? [])])
      problems.push(...(await problemsOf(site, route)));
    expect(problems).toEqual([]);
    // The last log line is written after the last response.
    await site.service.close();
    expect(untestedRoutes(site, routes)).toEqual([]);
  });

  it("a number and an ID that several firms have lead each firm to its own contact", async () => {
    const { service, firms, sandbox } = await threeFirms(directory);
    const ask = ({ key }: AdmittedFirm, path: string, query: object) =>
      supertest(service.url).get(path).query(query).set("Authorization", `Bearer ${key}`);
    async function expectOwn(firm: AdmittedFirm, name = `Sam ${firm.mark}`) {
      const contact = { id: SHARED.contactId, name };
      const matter = { display_number: `00001-${firm.mark}` };
      const person = `Ursula ${firm.mark}`;
      const found = await ask(firm, "/lookup-contact", { phone: SHARED.phone });
      expect(found.body).toMatchObject({ found: true, data: contact, candidate_count: 1 });
      const staff = await ask(firm, "/responsible-staff", { clio_contact_id: SHARED.contactId });
      expect(staff.body).toMatchObject({ data: matter, transfer_to: person, matters: [matter] });
      const routed = await ask(firm, "/route-call", { caller_id: SHARED.phone });
      expect(routed.body).toMatchObject({ data: { contact, matter }, transfer_to: person });
    }
    for (const firm of firms) await expectOwn(firm);
    // In parallel, as real callers are.
    await Promise.all([...firms, ...firms, ...firms].map((firm) => expectOwn(firm)));

    // A change in one firm doesn't affect the others.
    const [alder, birch, cedar] = firms;
    sandbox.changes(alder.accountId).contact(SHARED.contactId, { name: "Sam Renamed" });
    await vi.waitFor(() => expectOwn(alder, "Sam Renamed"), { timeout: 30_000 });
    await expectOwn(birch);
    await expectOwn(cedar);
    if (directory === "mirror")
      expect(await metric(service, 'clio_webhook_deliveries_total{outcome="noted"}')).toBe(1);
  });
});

/** Resolves once no earlier request has work left in the background. */
async function settle(site: ThreeFirms): Promise<void> {
  const services = apps.at(-1)?.services;
  await services?.callRecorder.flush();
  await services?.outboxWorker.idle();
  await site.idle();
}

/** Sends all requests of a route with every kind of credentials. */
async function problemsOf(site: ThreeFirms, route: string): Promise<string[]> {
  const [own, other] = site.firms;
  const { requires, requests } = ROUTES[route] ?? {};
  if (!requires || !requests) return [`${route} is not in ROUTES`];
  const problems: string[] = [];
  /** The firm whose mirror may still be busy with the previous request. */
  let busy: AdmittedFirm | undefined;
  for (const name of Object.keys(await foreignCredentials(site, own, other))) {
    // Created anew each time, because a user who disconnects and reconnects has another session.
    const credentials = (await foreignCredentials(site, own, other))[name] ?? {};
    const owners = { key: credentials.keyOf, session: credentials.sessionOf, form: credentials.formOf };
    const admitted = requires === "none" ? undefined : owners[requires];
    const [sender, named] = admitted === other ? [other, own] : [own, other];
    for (const [index, testRequest] of requests(site, sender, named).entries()) {
      const owner = admitted ?? testRequest.owner;
      const label = `${route} #${index + 1} with ${name}`;
      if (busy !== owner) await settle(site);
      busy = owner;
      const before = site.firms.map((firm) => site.stateOf(firm));
      const { status, response, sent } = await send(site, route, testRequest, credentials, named);

      const expected =
        testRequest.statuses ?? (admitted || requires === "none" ? [200, 202, 302, 303] : REFUSALS[requires]);
      if (!expected.includes(status)) problems.push(`${label}: status ${status}`);
      for (const firm of site.firms) {
        const leaks = firm === owner ? [] : leaksOf(firm, response, sent);
        if (leaks.length > 0) problems.push(`${label} reveals of ${firm.mark}: ${leaks.join(", ")}`);
      }
      if (admitted && ROUTES[route]?.showsOwnData && leaksOf(admitted, response, []).length === 0)
        problems.push(`${label} shows no data of its own firm`);
      for (const [place, firm] of site.firms.entries()) {
        const previous = before[place];
        if (firm === owner || !previous) continue;
        const refused = firm === named ? (testRequest.refusedByClio ?? 0) : 0;
        const effects = effectsOn(previous, site.stateOf(firm), refused);
        problems.push(...effects.map((effect) => `${label} ${effect} of ${firm.mark}`));
      }
      if (ENDS_SESSION.has(route) && admitted) admitted.signedIn = await site.signIn(admitted.userId);
    }
  }
  await settle(site);
  return problems;
}

type State = ReturnType<ThreeFirms["stateOf"]>;

/**
 * What a request has done to a firm.
 * @param refused how many requests its Clio is expected to have refused
 */
function effectsOn(before: State, after: State, refused: number): string[] {
  const requests = after.clioRequests.slice(before.clioRequests.length);
  const areExpected = requests.length === refused && requests.every((line) => line.endsWith(" 403"));
  const parts = ["rows", "customActions", "webhooks"] as const;
  return [
    ...(areExpected ? [] : [`sends (${requests.join(", ")}) to the Clio`]),
    ...parts
      .filter((part) => JSON.stringify(before[part]) !== JSON.stringify(after[part]))
      .map((part) => `changes ${part}`),
  ];
}

let requestsSent = 0;

/** Sends one request, with the other firm's IDs as additional parameters. */
async function send(
  { service }: ThreeFirms,
  route: string,
  testRequest: TestRequest,
  credentials: Credentials,
  named: AdmittedFirm,
) {
  const [method, pattern = ""] = route.split(" ");
  const ids = { firm_id: named.id, firm: named.id, account_id: named.accountId, user_id: named.userId };
  const query = { ...ids, ...credentials.query, ...testRequest.query };
  const url = testRequest.path ?? pattern.replace(":call", testRequest.call ?? "");
  // Failed attempts are limited by address.
  const address = `203.0.113.${requestsSent++ % 250}`;
  const headers = { ...credentials.headers, ...testRequest.headers, "X-Forwarded-For": address };
  const request = method === "POST" ? supertest(service.url).post(url) : supertest(service.url).get(url);
  request.query(query).set(headers);
  const fields = { ...ids, csrf: credentials.csrf ?? "", ...testRequest.fields };
  if (testRequest.body !== undefined) request.type("json").send(testRequest.body);
  else if (method === "POST") request.type("form").send(fields);
  const received = await request;
  return {
    status: received.status,
    response: `${JSON.stringify(received.headers)}\n${received.text}`.toLowerCase(),
    sent: [...Object.values(query), ...Object.values(fields), url].map((text) => String(text).toLowerCase()),
  };
}

function untestedRoutes({ service }: ThreeFirms, routes: readonly string[]): string[] {
  const requests = service.logLines.map((line) => JSON.parse(line) as Record<string, unknown>);
  return routes.filter((route) => !requests.some((line) => `${line.method} ${line.route}` === route));
}
