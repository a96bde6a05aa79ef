import type { Express } from "express";
import supertest from "supertest";
import { describe, expect, it, vi } from "vitest";
import type { Services } from "../../src/container.ts";
import { metric } from "../../testkit/mirror.ts";
import { type Credentials, foreignCredentials } from "./foreign-credentials.ts";
import { SHARED } from "./marked-firms.ts";
import { type Asked, type LetsIn, ROUTES } from "./requests.ts";
import { seenOf } from "./seen-of.ts";
import { type AdmittedFirm, type ThreeFirms, threeFirms } from "./three-firms.ts";

/** The app of the service under test, whose routes are to be tried. */
const apps = vi.hoisted((): Express[] => []);
vi.mock(import("../../src/app.ts"), async (original) => {
  const { createApp } = await original();
  return {
    createApp(services: Services) {
      const app = createApp(services);
      apps.push(app);
      return app;
    },
  };
});

/** The routes of Express itself, as `METHOD pattern`. */
function routesOf(app: Express | undefined): string[] {
  return (app?.router.stack ?? []).flatMap(({ route }) => {
    if (!route) return [];
    const methods = Object.keys((route as unknown as { methods: object }).methods);
    return methods
      .filter((method) => method !== "_all")
      .map((method) => `${method.toUpperCase()} ${route.path}`);
  });
}

const REFUSALS: Readonly<Record<LetsIn, readonly number[]>> = {
  key: [401],
  session: [302, 401],
  form: [403],
  itself: [],
};

describe.each(["live", "mirror"] as const)("DIRECTORY=%s", (directory) => {
  it("no route shows or changes anything of another firm, whatever it is asked with", {
    timeout: 120_000,
  }, async () => {
    const site = await threeFirms(directory);
    const routes = routesOf(apps.at(-1));
    expect(routes).toContain("GET /route-call");
    expect(routes.toSorted(), "ROUTES has every route of the app").toEqual(Object.keys(ROUTES).toSorted());

    const problems: string[] = [];
    for (const route of routes) problems.push(...(await problemsOf(site, route)));
    expect(problems).toEqual([]);
    // The last line of the log comes after the last answer.
    await site.service.close();
    expect(routesNotPassed(site, routes)).toEqual([]);
  });

  it("a number and a contact that two firms know are each firm's own", async () => {
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
    // At once, as callers come.
    await Promise.all([...firms, ...firms, ...firms].map((firm) => expectOwn(firm)));

    // What changes in one firm changes in none of the others.
    const [alder, birch, cedar] = firms;
    sandbox.changes(alder.accountId).contact(SHARED.contactId, { name: "Somebody Else" });
    await vi.waitFor(() => expectOwn(alder, "Somebody Else"), { timeout: 8_000 });
    await expectOwn(birch);
    await expectOwn(cedar);
    if (directory === "mirror")
      expect(await metric(service, 'clio_webhook_deliveries_total{outcome="noted"}')).toBe(1);
  });
});

/** Asks a route with every kind of credential. */
async function problemsOf(site: ThreeFirms, route: string): Promise<string[]> {
  const [own, other] = site.firms;
  const { letsIn, asks } = ROUTES[route] ?? {};
  if (!letsIn || !asks) return [`${route} is not in ROUTES`];
  const problems: string[] = [];
  /** Whose mirror may still be busy with what it was asked before. */
  let working: AdmittedFirm | undefined;
  for (const name of Object.keys(await foreignCredentials(site, own, other))) {
    // Anew each time: whoever has disconnected is back with another session.
    const credentials = (await foreignCredentials(site, own, other))[name] ?? {};
    const who = { key: credentials.keyOf, session: credentials.sessionOf, form: credentials.formOf };
    const admitted = letsIn === "itself" ? undefined : who[letsIn];
    const [asking, named] = admitted === other ? [other, own] : [own, other];
    for (const [index, asked] of asks(site, asking, named).entries()) {
      const owner = admitted ?? asked.of;
      const label = `${route} #${index + 1} with ${name}`;
      if (working !== owner) await site.atRest();
      working = owner;
      const before = site.firms.map((firm) => site.stateOf(firm));
      const { status, shown, brought } = await send(site, route, asked, credentials, named);

      const right = asked.statuses ?? (admitted || letsIn === "itself" ? [200, 302, 303] : REFUSALS[letsIn]);
      if (!right.includes(status)) problems.push(`${label}: status ${status}`);
      for (const firm of site.firms) {
        const seen = firm === owner ? [] : seenOf(firm, shown, brought);
        if (seen.length > 0) problems.push(`${label} shows of ${firm.mark}: ${seen.join(", ")}`);
      }
      if (admitted && ROUTES[route]?.shows && seenOf(admitted, shown, []).length === 0)
        problems.push(`${label} shows nothing at all`);
      for (const [place, firm] of site.firms.entries()) {
        const was = before[place];
        if (firm === owner || !was) continue;
        const refused = firm === named ? (asked.refusedByClio ?? 0) : 0;
        const done = doneTo(was, site.stateOf(firm), refused);
        problems.push(...done.map((what) => `${label} ${what} of ${firm.mark}`));
      }
      if (route === "POST /setup/disconnect" && admitted)
        admitted.signedIn = await site.signIn(admitted.userId);
    }
  }
  await site.atRest();
  return problems;
}

type State = ReturnType<ThreeFirms["stateOf"]>;

/**
 * What has become of a firm.
 * @param refused how many requests its Clio may have got, if it refused them
 */
function doneTo(was: State, is: State, refused: number): string[] {
  const asked = is.asked.slice(was.asked.length);
  const asksOnlyForged = asked.length === refused && asked.every((line) => line.endsWith(" 403"));
  const parts = ["rows", "customActions", "webhooks"] as const;
  return [
    ...(asksOnlyForged ? [] : [`asks (${asked.join(", ")}) the Clio`]),
    ...parts
      .filter((part) => JSON.stringify(was[part]) !== JSON.stringify(is[part]))
      .map((part) => `changes ${part}`),
  ];
}

let addresses = 0;

/** Sends one request, with the other firm's ids wherever a parameter may stand. */
async function send(
  { service }: ThreeFirms,
  route: string,
  asked: Asked,
  credentials: Credentials,
  named: AdmittedFirm,
) {
  const [method, pattern = ""] = route.split(" ");
  const ids = { firm_id: named.id, firm: named.id, account_id: named.accountId, user_id: named.userId };
  const query = { ...ids, ...credentials.query, ...asked.query };
  const url = asked.path ?? pattern;
  // Whoever guesses from one address is cut off.
  const address = `203.0.113.${addresses++ % 250}`;
  const headers = { ...credentials.headers, ...asked.headers, "X-Forwarded-For": address };
  const request = method === "POST" ? supertest(service.url).post(url) : supertest(service.url).get(url);
  request.query(query).set(headers);
  const fields = { ...ids, csrf: credentials.csrf ?? "", ...asked.fields };
  if (asked.body !== undefined) request.type("json").send(asked.body);
  else if (method === "POST") request.type("form").send(fields);
  const answer = await request;
  return {
    status: answer.status,
    shown: `${JSON.stringify(answer.headers)}\n${answer.text}`.toLowerCase(),
    brought: [...Object.values(query), ...Object.values(fields), url].map((text) =>
      String(text).toLowerCase(),
    ),
  };
}

function routesNotPassed({ service }: ThreeFirms, routes: readonly string[]): string[] {
  const passed = service.logLines.map((line) => JSON.parse(line) as Record<string, unknown>);
  return routes.filter((route) => !passed.some((line) => `${line.method} ${line.route}` === route));
}
