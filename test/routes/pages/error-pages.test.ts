import { DatabaseSync } from "node:sqlite";
import type { Request, Response } from "express";
import supertest from "supertest";
import { describe, expect, test } from "vitest";
import { exampleCases as cases, exampleFirm } from "../../../sandbox/firms/example-firm.ts";
import { ClioNotConnectedError, InternalError } from "../../../src/errors.ts";
import { problemLinks } from "../../../src/http/problem-links.ts";
import { quillAndPartners } from "../../../testkit/quill-and-partners.ts";
import {
  connectedService,
  connectUser,
  consent,
  pathOf,
  SETUP_TOKEN,
  sandboxForTest,
  serviceForTest,
} from "../../../testkit/service.ts";

const FOREVER = Number.POSITIVE_INFINITY;
const HTML = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
const MATTER = `/api/v4/matters/${cases.janeDoe.matterId}`;

const unescapeHtml = (html: string) => html.replaceAll("&#39;", "'").replaceAll("&amp;", "&");

/** An error page as a person reads it. */
function read({ status, type, text }: { status: number; type: string; text: string }) {
  const main = /<main[\s\S]*<\/main>/.exec(text)?.[0] ?? "";
  return {
    status,
    type,
    title: unescapeHtml(/<h1>([^<]*)/.exec(main)?.[1] ?? ""),
    text: unescapeHtml(main.replaceAll(/<[^>]*>/g, " ").replaceAll(/\s+/g, " ")),
    links: [...main.matchAll(/<a class="button[^"]*" href="([^"]*)">([^<]*)</g)].map(
      ([, href = "", label = ""]) => ({ label, href: unescapeHtml(href) }),
    ),
    hasMenu: text.includes("<nav"),
  };
}

/** A connected user, who is signed in. */
async function signedIn() {
  const connected = await connectedService();
  const { sandbox, service, userId } = connected;
  const { browser, page } = await connectUser(service, { userId });
  const csrf = /name="csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? "";
  return {
    ...connected,
    browser,
    click: () => pathOf(sandbox.click({ userId, subjectPath: MATTER })),
    get: async (path: string) => read(await browser.get(path).set("Accept", HTML)),
    post: async (path: string, fields: Record<string, string> = {}) =>
      read(
        await browser
          .post(path)
          .set("Accept", HTML)
          .type("form")
          .send({ csrf, ...fields }),
      ),
  };
}

describe("when Clio can't answer", () => {
  test.each<[fault: { status: number; retryAfter?: number }, title: string, advice: RegExp]>([
    [{ status: 500 }, "Couldn't get data from Clio", /usually passes\. Try again in a minute\./],
    [{ status: 429, retryAfter: 40 }, "Clio's request limit is reached", /Try again in (40|39) seconds\./],
  ])(
    "a click says when to try again, with links to do so and back to Clio: %j",
    async (fault, title, advice) => {
      const { sandbox, click, get } = await signedIn();
      sandbox.fault({ path: MATTER, kind: "status", times: 1, ...fault });
      const clicked = click();
      const page = await get(clicked);
      expect(page.title).toBe(title);
      expect(page.text).toMatch(advice);
      expect(page.links).toEqual([
        { label: "Try again", href: clicked },
        { label: "Back to Clio", href: `${sandbox.url}/nc/#/matters/${cases.janeDoe.matterId}` },
      ]);
      if (fault.status === 500) expect((await get(clicked)).status).toBe(200);
    },
  );

  test("a missing permission is named, with the same links", async () => {
    const { sandbox, browser, get, userId } = await signedIn();
    const clicked = pathOf(
      sandbox.click({ userId, subjectPath: `/api/v4/contacts/${cases.janeDoe.contactId}` }),
    );
    sandbox.firms[0]?.users.find(({ id }) => id === userId)?.permissions.delete("matters");
    const page = await get(clicked);
    expect([page.status, page.title]).toEqual([503, "A permission is missing in Clio"]);
    expect(page.text).toContain("Matters (read)");
    expect(page.text).toContain("Try again once the permission is granted in Clio.");
    expect(page.links.map(({ label }) => label)).toEqual(["Try again", "Back to Clio"]);
    expect((await browser.get(clicked)).status).toBe(503);
  });

  test("a record that doesn't exist leads back to Clio", async () => {
    const { sandbox, userId, get } = await signedIn();
    const page = await get(pathOf(sandbox.click({ userId, subjectPath: "/api/v4/matters/999" })));
    expect([page.status, page.title]).toEqual([404, "Not found"]);
    expect(page.links).toEqual([{ label: "Back to Clio", href: `${sandbox.url}/nc/#/matters/999` }]);
  });

  test("a form isn't sent again by a link", async () => {
    const { sandbox, post } = await signedIn();
    sandbox.fault({ path: /./, kind: "status", status: 500, times: FOREVER });
    const page = await post("/setup/disconnect");
    expect(page.status).toBe(502);
    expect(page.text).toContain("The form may not have taken effect. Check on the setup page before");
    expect(page.links).toEqual([{ label: "Open setup", href: "/setup" }]);
    expect(page.hasMenu).toBe(true);
  });

  test("a sign-in starts again, because its link works only once", async () => {
    const sandbox = await sandboxForTest();
    const service = await serviceForTest(sandbox.url);
    const browser = service.browser();
    const callback = await consent(browser, { userId: 350, setup: SETUP_TOKEN });
    sandbox.fault({ path: "/api/v4/users/who_am_i", kind: "status", status: 500, times: FOREVER });
    const page = read(await browser.get(callback));
    expect(page.status).toBe(502);
    expect(page.links).toEqual([{ label: "Connect again", href: `/connect?setup=${SETUP_TOKEN}` }]);
  });
});

test("a fault of the service says so, and can be tried again", async () => {
  const { service, get } = await signedIn();
  const db = new DatabaseSync(service.databaseFile);
  db.exec("alter table audit_events rename to elsewhere");
  db.close();
  const page = await get("/setup");
  expect([page.status, page.title]).toEqual([500, "Something went wrong"]);
  expect(page.text).toContain("If it happens again, report it to the operator");
  expect(page.links).toEqual([{ label: "Try again", href: "/setup" }]);
});

describe("a request that can't be right", () => {
  test("for an address that doesn't exist leads to the setup page", async () => {
    const { get } = await signedIn();
    for (const path of ["/nothing", "//evil.example/", "/setup/"]) {
      const page = await get(path);
      expect([page.status, page.title]).toEqual([404, "Not found"]);
      expect(page.links).toEqual([{ label: "Open setup", href: "/setup" }]);
    }
  });

  test("with the wrong method leads to the setup page", async () => {
    const { post } = await signedIn();
    const page = await post("/transfer-rules");
    expect([page.status, page.title]).toEqual([405, "Method not allowed"]);
    expect(page.links).toEqual([{ label: "Open setup", href: "/setup" }]);
  });

  test("with too much text gets a 413", async () => {
    const { post } = await signedIn();
    const page = await post("/setup/try", { number: "0171", name: "x".repeat(17_000) });
    expect([page.status, page.title]).toEqual([413, "Too large"]);
    expect(page.links).toEqual([{ label: "Open setup", href: "/setup" }]);
  });

  test("of a click that isn't one leads to the setup page", async () => {
    const { get } = await signedIn();
    const page = await get("/clio-action?user_id=1");
    expect(page.status).toBe(400);
    expect(page.links).toEqual([{ label: "Open setup", href: "/setup" }]);
  });
});

describe("data after signing out", () => {
  const DATA = [
    "/transfer-rules.csv",
    "/transfer-rules.json",
    "/transfer-rules/unreached.csv",
    "/transfer-rules/unreached.json",
  ];

  test.each(DATA)(
    "%s is a 401 for programs, and for browsers a page that leads to the file",
    async (path) => {
      const { service, userId } = await signedIn();
      for (const accept of ["*/*", "application/json", "text/csv", "application/json, text/html;q=0.5"]) {
        const answer = await supertest(service.url).get(path).set("Accept", accept);
        expect([answer.status, answer.type]).toEqual([401, "application/problem+json"]);
        expect(answer.body).toMatchObject({ code: "unauthorized", title: "Authentication required" });
        expect(JSON.stringify(answer.body)).not.toContain("back=");
      }
      const browser = service.browser();
      const page = read(await browser.get(path).set("Accept", HTML));
      expect([page.status, page.type, page.title]).toEqual([401, "text/html", "You're signed out"]);
      expect(page.links).toEqual([{ label: "Sign in", href: expect.stringMatching(/^\/connect\?back=/) }]);
      const start = page.links[0]?.href ?? "";
      const back = await browser.get(await consent(browser, { userId, start }));
      expect(back.headers.location).toBe(path);
      expect((await browser.get(path)).status).toBe(200);
    },
  );

  test("is a page in a browser as well when the user has ended access in Clio", async () => {
    const { sandbox, userId, get } = await signedIn();
    sandbox.revoke(userId);
    const page = await get("/transfer-rules.csv");
    expect([page.status, page.title]).toEqual([401, "You're signed out"]);
  });
});

describe("a sign-in that doesn't work", () => {
  test("after too many wrong links says in how many seconds the same link works", async () => {
    const sandbox = await sandboxForTest();
    const service = await serviceForTest(sandbox.url);
    const wrong = () => supertest(service.url).get("/connect?setup=wrong");
    for (let at = 1; at <= 30; at += 1) await wrong();
    const answer = await wrong();
    const page = read(answer);
    expect(page.status).toBe(429);
    expect(page.text).toContain(`Try again in ${answer.headers["retry-after"]} second`);
    expect(page.links).toEqual([{ label: "Try again", href: "/connect?setup=wrong" }]);
  });

  test("for a firm that isn't connected offers another account", async () => {
    const sandbox = await sandboxForTest({ firms: [exampleFirm(), quillAndPartners()] });
    const service = await serviceForTest(sandbox.url);
    await connectUser(service, { userId: 350, setup: SETUP_TOKEN });
    for (const [setup, title] of [
      [undefined, "Your firm is not connected"],
      ["wrong", "This setup link is not valid"],
    ] as const) {
      const { page } = await connectUser(service, { userId: 10_350, ...(setup && { setup }) });
      const shown = read(page);
      expect([shown.status, shown.title]).toEqual([403, title]);
      expect(shown.text).toContain("Ask the operator of this service for");
      expect(shown.links).toEqual([{ label: "Sign in with another account", href: "/connect" }]);
    }
  });

  test("while no firm is connected has no link, which would lead back here", async () => {
    const sandbox = await sandboxForTest();
    const service = await serviceForTest(sandbox.url);
    const page = read(await supertest(service.url).get("/connect"));
    expect([page.status, page.title]).toEqual([403, "This service isn't set up yet"]);
    expect(page.text).toContain("open the setup link");
    expect(page.links).toEqual([]);
  });

  test("that was used before leads to the setup page", async () => {
    const { service, userId } = await signedIn();
    const browser = service.browser();
    const callback = await consent(browser, { userId });
    await browser.get(callback);
    const page = read(await browser.get(callback));
    expect([page.status, page.title]).toEqual([400, "This sign-in has been used"]);
    expect(page.links).toEqual([{ label: "Open setup", href: "/setup" }]);
    expect((await browser.get("/setup")).status).toBe(200);
  });

  test("that took too long, began in another browser, or was declined starts again", async () => {
    let now = Date.now();
    const sandbox = await sandboxForTest({ now: () => now });
    const service = await serviceForTest(sandbox.url, { now: () => now });
    const browser = service.browser();
    const declined = read(
      await browser.get(await consent(browser, { userId: 350, setup: SETUP_TOKEN, decision: "decline" })),
    );
    expect([declined.status, declined.title]).toEqual([403, "Access was declined"]);
    expect(declined.links).toEqual([{ label: "Connect again", href: `/connect?setup=${SETUP_TOKEN}` }]);

    const callback = await consent(browser, { userId: 350, setup: SETUP_TOKEN });
    const foreign = read(await service.browser().get(callback));
    expect(foreign.title).toBe("This sign-in started in another browser");
    now += 601_000;
    const late = read(await browser.get(callback));
    expect(late.title).toBe("This sign-in took too long");
    // The link is lost with the sealed state.
    expect(late.text).toContain("If you came from a setup link, open it again.");
    for (const page of [foreign, late])
      expect(page.links).toEqual([{ label: "Connect again", href: "/connect" }]);
  });
});

test("a form after signing out leads to the sign-in", async () => {
  const { service } = await signedIn();
  const page = read(await supertest(service.url).post("/setup/keys").set("Accept", HTML));
  expect([page.status, page.title]).toEqual([403, "You're signed out"]);
  expect(page.links).toEqual([{ label: "Sign in", href: expect.stringMatching(/^\/connect\?back=/) }]);
});

describe("the links of an error page", () => {
  const linksOf = (error: InternalError | ClioNotConnectedError, method: string, originalUrl: string) =>
    problemLinks(error, { method, originalUrl } as Request, { locals: {} } as Response);

  test("never lead to another host", () => {
    for (const url of [
      "//evil.example/setup",
      "/\\evil.example",
      "http://evil.example/",
      "javascript:alert(1)",
      "",
    ])
      expect(linksOf(new InternalError(null), "GET", url)).toEqual([{ label: "Open setup", href: "/setup" }]);
  });

  test("repeat only what is read", () => {
    const tryAgain = { label: "Try again", href: "/setup?before=1" };
    const labels = (method: string) => linksOf(new InternalError(null), method, "/setup?before=1");
    expect(labels("GET")).toEqual([tryAgain]);
    expect(labels("HEAD")).toEqual([tryAgain]);
    for (const method of ["POST", "PUT", "PATCH", "DELETE"])
      expect(labels(method)).toEqual([{ label: "Open setup", href: "/setup" }]);
  });

  test("lead to the sign-in when no user of the firm is connected", () => {
    expect(linksOf(new ClioNotConnectedError("…"), "GET", "/setup")).toEqual([
      { label: "Connect to Clio", href: "/connect" },
    ]);
  });
});
