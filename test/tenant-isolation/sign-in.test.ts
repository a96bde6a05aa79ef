import supertest from "supertest";
import { describe, expect, it } from "vitest";
import { decide, pathOf, SETUP_TOKEN } from "../../testkit/service.ts";
import { leaksOf } from "./leaks.ts";
import { type MarkedFirm, SHARED } from "./marked-firms.ts";
import { cookieIn, type ThreeFirms, threeFirms } from "./three-firms.ts";

/** Requests a page with these cookies. */
async function open(
  { service }: ThreeFirms,
  path: string,
  cookies: { session?: string; connecting?: string; clicks?: string; known?: string } = {},
) {
  const cookie = Object.entries(cookies).map(([name, value]) => `__Host-${name}=${value}`);
  const response = await supertest(service.url).get(path).set("Cookie", cookie.join("; "));
  const content = `${JSON.stringify(response.headers)}\n${response.text}`.toLowerCase();
  return {
    status: response.status,
    text: response.text,
    location: response.headers.location ?? "",
    setsSession: String(response.headers["set-cookie"] ?? "").includes("__Host-session="),
    response,
    reveals: (firm: MarkedFirm) => leaksOf(firm, content, [path.toLowerCase()]),
  };
}

/** Goes from `/connect` through Clio's consent page, but not yet back to the service. */
async function consented(site: ThreeFirms, userId: number, start = "/connect") {
  const { response, location } = await open(site, start);
  return { connecting: cookieIn(response, "connecting"), back: await decide(location, userId) };
}

function statesOf(site: ThreeFirms): string {
  return JSON.stringify(site.firms.map((firm) => site.stateOf(firm)));
}

describe("returning from Clio", () => {
  it("signs in only the browser that started, and doesn't change others", async () => {
    const site = await threeFirms("live");
    const [alder, birch] = site.firms;
    const { connecting, back } = await consented(site, alder.userId);
    const before = statesOf(site);
    for (const cookies of [
      { session: birch.signedIn.session, connecting: birch.signedIn.connecting },
      { session: alder.signedIn.session, connecting: birch.signedIn.connecting },
      { session: birch.signedIn.session },
      {},
    ]) {
      const page = await open(site, back, cookies);
      expect([page.status, page.setsSession]).toEqual([400, false]);
      for (const firm of site.firms) expect(page.reveals(firm)).toEqual([]);
    }
    expect(statesOf(site)).toBe(before);

    const own = await open(site, back, { connecting });
    expect([own.status, own.location]).toEqual([302, "/setup"]);
    const setup = await open(site, "/setup", { session: cookieIn(own.response, "session") });
    expect(setup.text).toContain("Aldermark Law");
    expect(setup.reveals(birch)).toEqual([]);
    // It works only once.
    expect((await open(site, back, { connecting })).status).toBe(400);
  });

  it("to another firm's click reveals nothing of that firm", async () => {
    const site = await threeFirms("live");
    const [alder, birch, cedar] = site.firms;
    const click = site.sandbox.click({
      userId: birch.userId,
      subjectPath: `/api/v4/matters/${birch.matterId}`,
    });
    const path = pathOf(click).replace(String(birch.userId), String(birch.strangerId));
    const sent = await open(site, path);
    expect([sent.status, sent.reveals(birch)]).toEqual([302, []]);
    expect(sent.location).toMatch(/^\/connect\?back=/);

    const before = [birch, cedar].map((firm) => site.stateOf(firm));
    const { connecting, back } = await consented(site, alder.userId, sent.location);
    const page = await open(site, back, { connecting });
    expect(page.status).toBe(403);
    expect(page.text).toContain("Sign in with another Clio account");
    // The click contained this user ID. Clio reveals nothing else about the user to another firm.
    expect(page.reveals(birch)).toEqual([String(birch.strangerId)]);
    expect(page.reveals(cedar)).toEqual([]);
    expect([birch, cedar].map((firm) => site.stateOf(firm))).toEqual(before);
  });

  it("as a user of a firm that isn't admitted reveals and stores nothing", async () => {
    const site = await threeFirms("live");
    const before = statesOf(site);
    for (const start of ["/connect", "/connect?setup=invalid"]) {
      const { connecting, back } = await consented(site, site.notAdmitted.userId, start);
      const page = await open(site, back, { connecting });
      expect([page.status, page.setsSession]).toEqual([403, false]);
      for (const firm of site.firms) expect(page.reveals(firm)).toEqual([]);
    }
    expect(statesOf(site)).toBe(before);
    expect(() => site.stateOf(site.notAdmitted)).toThrow("us-4104000000 isn't admitted");
  });

  it("with the setup link admits the user's firm, and affects no other", async () => {
    const site = await threeFirms("live");
    const [alder] = site.firms;
    const before = statesOf(site);
    const { connecting, back } = await consented(
      site,
      site.notAdmitted.userId,
      `/connect?setup=${SETUP_TOKEN}`,
    );
    // A user of another firm is signed in to the same browser.
    const callback = await open(site, back, { connecting, session: alder.signedIn.session });
    const page = await open(site, "/setup", { session: cookieIn(callback.response, "session") });
    expect(page.text).toContain("Dunmark Law");
    for (const firm of site.firms) expect(page.reveals(firm)).toEqual([]);
    expect(statesOf(site)).toBe(before);
  });
});

describe("a verified click", () => {
  /** A browser in which a click on the first firm's shared matter has been verified. */
  async function verifiedClick() {
    const site = await threeFirms("live");
    const [alder] = site.firms;
    const subjectPath = `/api/v4/matters/${SHARED.matterId}`;
    const path = pathOf(site.sandbox.click({ userId: alder.userId, subjectPath }));
    const page = await open(site, path);
    expect(page.text).toContain("Ursula Aldermark");
    const clicks = cookieIn(page.response, "clicks");
    expect((await open(site, path, { clicks })).text).toContain("Ursula Aldermark");
    return { site, path, clicks };
  }

  it("doesn't count for another firm's user and a record with the same ID", async () => {
    const { site, path, clicks } = await verifiedClick();
    const [alder, birch, cedar] = site.firms;
    const before = [birch, cedar].map((firm) => site.stateOf(firm).rows);
    const forged = path.replace(String(alder.userId), String(birch.userId));
    const page = await open(site, forged, { clicks });
    expect(page.status).toBe(403);
    for (const firm of site.firms) expect(page.reveals(firm)).toEqual([]);
    expect([birch, cedar].map((firm) => site.stateOf(firm).rows)).toEqual(before);
  });

  it("is forgotten when a user of another firm signs in", async () => {
    const { site, path, clicks } = await verifiedClick();
    const [alder, birch] = site.firms;
    const { connecting, back } = await consented(site, birch.userId);
    const callback = await open(site, back, { connecting, clicks });
    expect([callback.status, callback.location]).toEqual([302, "/setup"]);
    // The browser is told to delete the cookie.
    expect(String(callback.response.headers["set-cookie"])).toContain("__Host-clicks=; Max-Age=0;");
    const page = await open(site, path, { session: cookieIn(callback.response, "session") });
    expect([page.status, page.reveals(alder)]).toEqual([403, []]);
  });

  it("is kept when a colleague signs in", async () => {
    const { site, path, clicks } = await verifiedClick();
    const { connecting, back } = await consented(site, site.firms[0].formerUserId);
    const callback = await open(site, back, { connecting, clicks });
    expect(String(callback.response.headers["set-cookie"])).not.toContain("__Host-clicks");
    const page = await open(site, path, { session: cookieIn(callback.response, "session"), clicks });
    expect(page.text).toContain("Ursula Aldermark");
  });
});

describe("the client and the matter of a click", () => {
  it("are named only with the cookie of a browser in which that user signed in", async () => {
    const site = await threeFirms("live");
    const [alder, birch] = site.firms;
    const clickedPage = (cookies: Parameters<typeof open>[2]) => {
      const subjectPath = `/api/v4/matters/${SHARED.matterId}`;
      return open(site, pathOf(site.sandbox.click({ userId: alder.userId, subjectPath })), cookies);
    };
    const knownIn = async (userId: number) => {
      const { connecting, back } = await consented(site, userId);
      return cookieIn((await open(site, back, { connecting })).response, "known");
    };
    const own = await knownIn(alder.userId);
    const others = await knownIn(birch.userId);
    const { session } = alder.signedIn;
    const clicks = cookieIn((await clickedPage({})).response, "clicks");
    const spliced = own
      .split(".")
      .with(-2, others.split(".").at(-2) ?? "")
      .join(".");

    for (const cookies of [{ known: own }, { session }, { known: own, session: birch.signedIn.session }])
      expect((await clickedPage(cookies)).text).toContain("Aldermark against everyone");
    for (const cookies of [
      {},
      { known: others },
      { known: others, session: birch.signedIn.session },
      { known: session },
      { known: clicks },
      { known: spliced },
      { clicks },
    ]) {
      const page = await clickedPage(cookies);
      expect(page.status).toBe(200);
      expect(page.text).toContain("Client and matter names are hidden");
      expect(page.text).not.toContain("against everyone");
      expect(page.text).not.toContain("Sam Aldermark");
    }
  });

  it("are all that this cookie opens: it signs no one in", async () => {
    const site = await threeFirms("live");
    const [alder] = site.firms;
    const { connecting, back } = await consented(site, alder.userId);
    const known = cookieIn((await open(site, back, { connecting })).response, "known");
    for (const cookies of [{ known }, { session: known }, { clicks: known }]) {
      const page = await open(site, "/setup", cookies);
      expect([page.status, page.reveals(alder)]).toEqual([302, []]);
    }
  });
});
