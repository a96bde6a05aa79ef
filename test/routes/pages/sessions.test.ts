import supertest from "supertest";
import { describe, expect, test } from "vitest";
import { exampleCases } from "../../../sandbox/firms/example-firm.ts";
import { createSealer } from "../../../src/store/encryption/sealing.ts";
import { openStore, type Store } from "../../../src/store/store.ts";
import {
  pathOf,
  type RunningService,
  SETUP_TOKEN,
  sandboxForTest,
  serviceForTest,
} from "../../../testkit/service.ts";
import { Visitor } from "../../../testkit/visitor.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const PUBLIC_URL = "https://calls.router.example";
const SESSION = "__Host-session";
const CONNECTING = "__Host-connecting";

const NEWER_KEY = Buffer.alloc(32, 7).toString("base64");

/** A service behind https, with a firm whose first user is signed in. */
async function signedIn() {
  const clock = { now: Date.parse("2026-05-31T15:00:00Z") };
  const now = () => clock.now;
  const sandbox = await sandboxForTest({ now, redirectUris: [`${PUBLIC_URL}/oauth/callback`] });
  const [user, colleague] = sandbox.firms[0]?.users.filter(({ enabled }) => enabled) ?? [];
  if (!user || !colleague) throw new Error("the firm has too few users");
  const start = (env: Record<string, string> = {}, folder?: string) =>
    serviceForTest(sandbox.url, { now, env: { PUBLIC_URL, ...env }, ...(folder && { folder }) });
  const service = await start();
  const visitor = new Visitor(service);
  await visitor.signIn({ userId: user.id, setup: SETUP_TOKEN });
  const me = { userId: user.id };
  const site = { sandbox, clock, service, start, visitor, me, colleague: { userId: colleague.id } };
  return { ...site, csrf: await visitor.csrf() };
}

type Site = Awaited<ReturnType<typeof signedIn>>;

/** Changes the running service's database, as a command does. */
async function withStoreOf({ service, clock }: Site, use: (store: Store) => Promise<unknown>): Promise<void> {
  const { databaseUrl, secretKeys } = service.settings;
  const store = await openStore(databaseUrl, createSealer(secretKeys), () => clock.now);
  await use(store);
  await store.close();
}

async function removeFirm(site: Site): Promise<void> {
  await withStoreOf(site, async ({ firms }) => {
    const [firm] = await firms.list();
    await firms.remove(firm?.id ?? "");
  });
}

/** Requests that a session would allow. */
const REQUESTS: readonly ((url: string, cookie: string, csrf: string) => supertest.Test)[] = [
  (url, cookie) => supertest(url).get("/setup").set("Cookie", cookie),
  (url, cookie) => supertest(url).get("/transfer-rules.json").set("Cookie", cookie),
  (url, cookie) => supertest(url).get("/transfer-rules.csv").set("Cookie", cookie),
  (url, cookie, csrf) =>
    supertest(url).post("/setup/keys").set("Cookie", cookie).type("form").send({ csrf, name: "Stolen" }),
];

/** How many of these requests were accepted. */
async function accepted({ url }: { url: string }, cookie: string, csrf: string, times = REQUESTS.length) {
  let count = 0;
  for (let sent = 0; sent < times; sent += 1) {
    const request = REQUESTS[sent % REQUESTS.length];
    if (!request) continue;
    const { status } = await request(url, cookie, csrf);
    if (![302, 401, 403].includes(status)) count += 1;
  }
  return count;
}

interface OldSession {
  /** The `Cookie` header of an ended session. */
  readonly cookie: string;
  readonly csrf: string;
  /** The service to send it to; by default, the site's. */
  readonly service?: RunningService;
}

/** Every way to end a session of which a copied cookie exists. The copy is accepted until then. */
const OLD_SESSIONS: Readonly<Record<string, (site: Site) => Promise<OldSession>>> = {
  async "after sign-out"({ visitor, csrf }) {
    const cookie = visitor.header;
    expect((await visitor.submit("/setup/sign-out")).status).toBe(200);
    return { cookie, csrf };
  },
  async "after sign-out, renewed before"({ visitor, csrf, clock }) {
    const cookie = visitor.header;
    clock.now += 10 * MINUTE_MS;
    await visitor.get("/setup");
    expect(visitor.header).not.toBe(cookie);
    await visitor.submit("/setup/sign-out");
    return { cookie, csrf };
  },
  async "after a sign-out everywhere in another browser"({ visitor, csrf, service, me }) {
    const other = new Visitor(service);
    await other.signIn(me);
    expect(await accepted(service, visitor.header, csrf)).toBe(REQUESTS.length);
    expect((await other.submit("/setup/sign-out-everywhere")).status).toBe(200);
    expect((await other.get("/setup")).status).toBe(302);
    return { cookie: visitor.header, csrf };
  },
  async "after disconnecting"({ visitor, csrf, service, colleague }) {
    await new Visitor(service).signIn(colleague);
    const cookie = visitor.header;
    expect((await visitor.submit("/setup/disconnect")).status).toBe(200);
    return { cookie, csrf };
  },
  async "after disconnecting and connecting again"({ visitor, csrf, service, me }) {
    const cookie = visitor.header;
    await visitor.submit("/setup/disconnect");
    const again = new Visitor(service);
    expect((await again.signIn(me)).status).toBe(200);
    return { cookie, csrf };
  },
  async "after disconnecting in another browser and connecting again"({ visitor, csrf, service, me }) {
    const other = new Visitor(service);
    await other.signIn(me);
    await other.submit("/setup/disconnect");
    await other.signIn(me);
    return { cookie: visitor.header, csrf };
  },
  async "after access was revoked in Clio, and connecting again"({ visitor, csrf, service, sandbox, me }) {
    sandbox.revoke(me.userId);
    expect((await visitor.get("/transfer-rules")).status).toBe(302);
    await new Visitor(service).signIn(me);
    return { cookie: visitor.header, csrf };
  },
  async "after the operator removed the firm"(site) {
    await removeFirm(site);
    return { cookie: site.visitor.header, csrf: site.csrf };
  },
  async "after the operator removed the firm and admitted it again"(site) {
    await removeFirm(site);
    const again = new Visitor(site.service);
    expect((await again.signIn({ ...site.me, setup: SETUP_TOKEN })).status).toBe(200);
    return { cookie: site.visitor.header, csrf: site.csrf };
  },
  async "unused for 12 hours"({ visitor, csrf, clock }) {
    clock.now += 12 * HOUR_MS;
    return { cookie: visitor.header, csrf };
  },
  async "used all the time, but 7 days old"({ visitor, csrf, clock, service }) {
    for (let hours = 0; hours < 7 * 24; hours += 8) {
      expect((await visitor.get("/setup")).status).toBe(200);
      clock.now += 8 * HOUR_MS;
    }
    // The browser would have deleted the cookie by now; a copy is still sent.
    expect(visitor.header).toContain(`${SESSION}=`);
    return { cookie: visitor.header, csrf, service };
  },
  async "of a key that is no longer the newest"({ visitor, csrf, service, start }) {
    await service.close();
    const oldKey = Buffer.alloc(32).toString("base64");
    const rotated = await start({ SECRET_KEY: `${NEWER_KEY},${oldKey}` }, service.folder);
    return { cookie: visitor.header, csrf, service: rotated };
  },
  async "after signing in again in the same browser"({ visitor, csrf, me }) {
    const cookie = visitor.header;
    await visitor.signIn(me);
    return { cookie, csrf };
  },
  async "with one character changed"({ visitor, csrf }) {
    const sealed = visitor.cookies.get(SESSION) ?? "";
    const place = sealed.length - 40;
    const other = sealed[place] === "A" ? "B" : "A";
    return { cookie: `${SESSION}=${sealed.slice(0, place)}${other}${sealed.slice(place + 1)}`, csrf };
  },
  async "of another service"({ csrf, clock }) {
    const theirs = await signedIn();
    theirs.clock.now = clock.now;
    await theirs.service.close();
    const elsewhere = await theirs.start({ SECRET_KEY: NEWER_KEY }, theirs.service.folder);
    const visitor = new Visitor(elsewhere);
    await visitor.signIn(theirs.me);
    return { cookie: visitor.header, csrf };
  },
  async "sent twice under one name"({ visitor, csrf }) {
    const sealed = visitor.cookies.get(SESSION);
    return { cookie: `${SESSION}=${sealed}; ${SESSION}=${sealed}`, csrf };
  },
  async "beside a planted cookie of the same name"({ visitor, csrf }) {
    return { cookie: `${visitor.header}; ${SESSION}=planted`, csrf };
  },
  async "without the prefix of the name"({ visitor, csrf }) {
    return { cookie: `session=${visitor.cookies.get(SESSION)}`, csrf };
  },
};

/** A browser with these cookies. */
class PreparedVisitor extends Visitor {
  constructor(service: { url: string }, cookies: Record<string, string>) {
    super(service);
    for (const [name, value] of Object.entries(cookies)) this.cookies.set(name, value);
  }
}

/** A thousand in all. */
const REPLAYS = Math.ceil(1_000 / Object.keys(OLD_SESSIONS).length);

describe("a copied cookie", () => {
  test("is accepted like the browser's own while the session lasts", async () => {
    const { service, visitor, csrf } = await signedIn();
    expect(await accepted(service, visitor.header, csrf)).toBe(REQUESTS.length);
  });

  test.each(Object.entries(OLD_SESSIONS))("%s is refused", async (_, end) => {
    const site = await signedIn();
    const { cookie, csrf, service = site.service } = await end(site);
    expect(await accepted(service, cookie, csrf, REPLAYS)).toBe(0);
  });
});

describe("a session", () => {
  test("survives a sign-in of the same user in another browser", async () => {
    const { service, visitor, me } = await signedIn();
    const other = new Visitor(service);
    await other.signIn(me);
    expect((await visitor.get("/setup")).status).toBe(200);
    await other.submit("/setup/sign-out");
    expect((await visitor.get("/setup")).status).toBe(200);
  });

  test("of a colleague survives a sign-out everywhere", async () => {
    const { service, visitor, colleague } = await signedIn();
    const other = new Visitor(service);
    await other.signIn(colleague);
    const page = await visitor.submit("/setup/sign-out-everywhere");
    expect(page.text).toContain("You are signed out");
    expect((await visitor.get("/setup")).status).toBe(302);
    expect((await other.get("/setup")).status).toBe(200);
  });

  test("lasts 12 hours from the last use, and never more than 7 days", async () => {
    const { visitor, clock } = await signedIn();
    const signedInAt = clock.now;
    let uses = 0;
    while (clock.now < signedInAt + 7 * DAY_MS - 11 * HOUR_MS) {
      clock.now += 11 * HOUR_MS;
      expect((await visitor.get("/setup")).status).toBe(200);
      uses += 1;
    }
    expect(uses).toBe(15);
    const { headers } = await visitor.get("/setup");
    expect(headers["set-cookie"]).toBeUndefined();
    clock.now = signedInAt + 7 * DAY_MS - 1000;
    const last = await visitor.get("/setup");
    expect(last.status).toBe(200);
    const [cookie = ""] = (last.headers["set-cookie"] ?? []) as unknown as string[];
    expect(Number(/Max-Age=([0-9]+)/.exec(cookie)?.[1])).toBeLessThanOrEqual(1);
    clock.now += 1000;
    expect((await visitor.get("/setup")).status).toBe(302);
  });

  test("isn't renewed at every use", async () => {
    const { visitor, clock } = await signedIn();
    const cookie = visitor.header;
    clock.now += 4 * MINUTE_MS;
    await visitor.get("/setup");
    expect(visitor.header).toBe(cookie);
    clock.now += MINUTE_MS;
    await visitor.get("/transfer-rules.json");
    expect(visitor.header).not.toBe(cookie);
  });

  test("keeps its CSRF token when it is renewed", async () => {
    const { visitor, csrf, clock } = await signedIn();
    clock.now += HOUR_MS;
    expect(await visitor.csrf()).toBe(csrf);
    expect((await visitor.post("/setup/keys", { csrf, name: "Later" })).status).toBe(200);
  });

  test("isn't restored by a renewal in progress at sign-out", async () => {
    const { visitor, clock } = await signedIn();
    clock.now += HOUR_MS;
    const before = new Map(visitor.cookies);
    const csrf = await visitor.csrf();
    // The renewed cookie arrives in the browser after the sign-out.
    const renewed = visitor.cookies.get(SESSION) ?? "";
    expect(renewed).not.toBe(before.get(SESSION));
    await visitor.post("/setup/sign-out", { csrf });
    expect(visitor.cookies.has(SESSION)).toBe(false);
    visitor.cookies.set(SESSION, renewed);
    expect((await visitor.get("/setup")).status).toBe(302);
  });

  test("can be ended twice", async () => {
    const { service, visitor, csrf } = await signedIn();
    const cookie = visitor.header;
    const signOut = () =>
      supertest(service.url).post("/setup/sign-out").set("Cookie", cookie).type("form").send({ csrf });
    const statuses = (await Promise.all([signOut(), signOut(), signOut()])).map(({ status }) => status);
    expect(statuses.every((status) => status === 200 || status === 403)).toBe(true);
    expect(statuses).toContain(200);
    expect(await accepted(service, cookie, csrf)).toBe(0);
  });
});

describe("a click in Clio", () => {
  const subjectPath = `/api/v4/matters/${exampleCases.janeDoe.matterId}`;

  test("is stored separately from the session, and signs no one in", async () => {
    const { sandbox, service, visitor, me } = await signedIn();
    const path = pathOf(sandbox.click({ userId: me.userId, subjectPath }));
    // The click is in progress while the user signs out.
    const cookie = visitor.header;
    const clicked = await supertest(service.url).get(path).set("Cookie", cookie);
    expect(clicked.status).toBe(200);
    await visitor.submit("/setup/sign-out");
    for (const set of clicked.headers["set-cookie"] ?? []) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      expect(name).toBe("__Host-clicks");
      visitor.cookies.set(name, value);
    }
    expect((await visitor.get("/setup")).status).toBe(302);
    // It can still be reloaded.
    expect((await visitor.get(path)).status).toBe(200);
  });

  test.each(["disconnect", "sign-out-everywhere"])("can't be reloaded after %s", async (form) => {
    const { sandbox, service, visitor, me } = await signedIn();
    const path = pathOf(sandbox.click({ userId: me.userId, subjectPath }));
    await visitor.get(path);
    const clicks = visitor.cookies.get("__Host-clicks") ?? "";
    expect((await new PreparedVisitor(service, { "__Host-clicks": clicks }).get(path)).status).toBe(200);
    await visitor.submit(`/setup/${form}`);
    await visitor.signIn(me);
    expect((await new PreparedVisitor(service, { "__Host-clicks": clicks }).get(path)).status).toBe(403);
  });
});

describe("cookies", () => {
  test("have the prefix __Host- with https, and the attributes it requires", async () => {
    const { visitor, me } = await signedIn();
    const start = await visitor.get("/connect");
    const callback = await visitor.get(await visitor.consent(me));
    for (const [response, name] of [
      [start, CONNECTING],
      [callback, SESSION],
    ] as const) {
      const [cookie = "", ...others] = (response.headers["set-cookie"] ?? []) as unknown as string[];
      expect(others).toEqual([]);
      const [pair = "", ...attributes] = cookie.split("; ");
      expect(pair.split("=")[0]).toBe(name);
      expect(attributes).toEqual(expect.arrayContaining(["Path=/", "HttpOnly", "Secure", "SameSite=Lax"]));
      expect(cookie).not.toMatch(/domain/i);
    }
  });

  test("have plain names without https", async () => {
    const sandbox = await sandboxForTest();
    const service = await serviceForTest(sandbox.url);
    const visitor = new Visitor(service);
    await visitor.signIn({ userId: sandbox.firms[0]?.users[0]?.id ?? 0, setup: SETUP_TOKEN });
    expect([...visitor.cookies.keys()]).toEqual(["connecting", "session", "known"]);
  });

  test("are deleted in the browser at sign-out", async () => {
    const { visitor } = await signedIn();
    const { headers } = await visitor.submit("/setup/sign-out");
    const cookies = (headers["set-cookie"] ?? []) as unknown as string[];
    expect(cookies.filter((cookie) => cookie.startsWith(`${SESSION}=`))).toEqual([
      expect.stringMatching(/^__Host-session=; Max-Age=0; .*Secure/),
    ]);
  });

  test("that were planted don't complete another user's sign-in", async () => {
    const { service, colleague } = await signedIn();
    const attacker = new Visitor(service);
    const back = await attacker.consent(colleague);
    const planted = attacker.cookies.get(CONNECTING) ?? "";

    // A page on a sibling domain can't set a cookie with the prefix, only one without it.
    const victims = [new PreparedVisitor(service, { connecting: planted }), new Visitor(service)];
    // Or one with the same name next to the victim's own, in browsers that allow it.
    const own = new Visitor(service);
    await own.get("/connect");
    const beside = [
      `${own.header}; ${CONNECTING}=${planted}`,
      `${CONNECTING}=${planted}; ${own.header}`,
      `${CONNECTING}=${planted}; ${CONNECTING}=${planted}`,
    ];
    for (const victim of victims) {
      const page = await victim.get(back);
      expect(page.status).toBe(400);
      expect(page.text).toContain("This sign-in started in another browser");
      expect(victim.cookies.has(SESSION)).toBe(false);
    }
    for (const header of beside) {
      const page = await supertest(service.url).get(back).set("Cookie", header);
      expect([page.status, page.headers["set-cookie"]]).toEqual([400, undefined]);
    }
    // The attacker's own browser can still finish.
    expect((await attacker.get(back)).status).toBe(302);
  });

  test("of a key that is no longer the newest don't complete a sign-in", async () => {
    const { service, start, me } = await signedIn();
    const visitor = new Visitor(service);
    const back = await visitor.consent(me);
    await service.close();
    const oldKey = Buffer.alloc(32).toString("base64");
    const rotated = await start({ SECRET_KEY: `${NEWER_KEY},${oldKey}` }, service.folder);
    const page = await supertest(rotated.url).get(back).set("Cookie", visitor.header);
    expect(page.status).toBe(400);
  });
});
