import supertest from "supertest";
import { describe, expect, it } from "vitest";
import { decide, pathOf, SETUP_TOKEN } from "../../testkit/service.ts";
import { type MarkedFirm, SHARED } from "./marked-firms.ts";
import { seenOf } from "./seen-of.ts";
import { cookieIn, type ThreeFirms, threeFirms } from "./three-firms.ts";

/** A request of a browser with these cookies, and what its answer shows. */
async function open(
  { service }: ThreeFirms,
  path: string,
  cookies: { session?: string; connecting?: string } = {},
) {
  const cookie = Object.entries(cookies).map(([name, value]) => `${name}=${value}`);
  const answer = await supertest(service.url).get(path).set("Cookie", cookie.join("; "));
  const shown = `${JSON.stringify(answer.headers)}\n${answer.text}`.toLowerCase();
  return {
    status: answer.status,
    text: answer.text,
    location: answer.headers.location ?? "",
    setsSession: String(answer.headers["set-cookie"] ?? "").includes("session="),
    answer,
    shows: (firm: MarkedFirm) => seenOf(firm, shown, [path.toLowerCase()]),
  };
}

/** Goes from `/connect` through Clio; the way back to the service is not taken yet. */
async function consented(site: ThreeFirms, userId: number, start = "/connect") {
  const { answer, location } = await open(site, start);
  return { connecting: cookieIn(answer, "connecting"), back: await decide(location, userId) };
}

function statesOf(site: ThreeFirms): string {
  return JSON.stringify(site.firms.map((firm) => site.stateOf(firm)));
}

describe("a way back from Clio", () => {
  it("of one firm's browser brings no other browser in, and leaves it signed in as it was", async () => {
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
      for (const firm of site.firms) expect(page.shows(firm)).toEqual([]);
    }
    expect(statesOf(site)).toBe(before);

    const own = await open(site, back, { connecting });
    expect([own.status, own.location]).toEqual([302, "/setup"]);
    const setup = await open(site, "/setup", { session: cookieIn(own.answer, "session") });
    expect(setup.text).toContain("Aldermark Law");
    expect(setup.shows(birch)).toEqual([]);
    // Once used, it is good for nobody.
    expect((await open(site, back, { connecting })).status).toBe(400);
  });

  it("to another firm's click shows nothing of it to whoever signs in", async () => {
    const site = await threeFirms("live");
    const [alder, birch, cedar] = site.firms;
    const click = site.sandbox.click({
      userId: birch.userId,
      subjectPath: `/api/v4/matters/${birch.matterId}`,
    });
    const path = pathOf(click).replace(String(birch.userId), String(birch.strangerId));
    const sent = await open(site, path);
    expect([sent.status, sent.shows(birch)]).toEqual([302, []]);
    expect(sent.location).toMatch(/^\/connect\?back=/);

    const before = [birch, cedar].map((firm) => site.stateOf(firm));
    const { connecting, back } = await consented(site, alder.userId, sent.location);
    const page = await open(site, back, { connecting });
    expect(page.status).toBe(403);
    expect(page.text).toContain("Another Clio account is needed");
    // Whose number the click brought along; Clio says no more of them to the other firm.
    expect(page.shows(birch)).toEqual([String(birch.strangerId)]);
    expect(page.shows(cedar)).toEqual([]);
    expect([birch, cedar].map((firm) => site.stateOf(firm))).toEqual(before);
  });

  it("of a firm that is not admitted shows nothing of those that are, and nothing of it is stored", async () => {
    const site = await threeFirms("live");
    const before = statesOf(site);
    for (const start of ["/connect", "/connect?setup=a-guess"]) {
      const { connecting, back } = await consented(site, site.notAdmitted.userId, start);
      const page = await open(site, back, { connecting });
      expect([page.status, page.setsSession]).toEqual([403, false]);
      for (const firm of site.firms) expect(page.shows(firm)).toEqual([]);
    }
    expect(statesOf(site)).toBe(before);
    expect(() => site.stateOf(site.notAdmitted)).toThrow("us-4104000000 is not admitted");
  });

  it("with the setup link admits the firm of whoever signs in, and touches no other", async () => {
    const site = await threeFirms("live");
    const [alder] = site.firms;
    const before = statesOf(site);
    const { connecting, back } = await consented(
      site,
      site.notAdmitted.userId,
      `/connect?setup=${SETUP_TOKEN}`,
    );
    // A browser in which somebody of another firm is signed in.
    const callback = await open(site, back, { connecting, session: alder.signedIn.session });
    const page = await open(site, "/setup", { session: cookieIn(callback.answer, "session") });
    expect(page.text).toContain("Dunmark Law");
    for (const firm of site.firms) expect(page.shows(firm)).toEqual([]);
    expect(statesOf(site)).toBe(before);
  });
});

describe("a click that a browser may look at again", () => {
  /** A browser that has shown the shared matter of the first firm. */
  async function shownOnce() {
    const site = await threeFirms("live");
    const [alder] = site.firms;
    const subjectPath = `/api/v4/matters/${SHARED.matterId}`;
    const path = pathOf(site.sandbox.click({ userId: alder.userId, subjectPath }));
    const page = await open(site, path);
    expect(page.text).toContain("Ursula Aldermark");
    const session = cookieIn(page.answer, "session");
    expect((await open(site, path, { session })).text).toContain("Ursula Aldermark");
    return { site, path, session };
  }

  it("is no click of another firm's user on a record of the same number", async () => {
    const { site, path, session } = await shownOnce();
    const [alder, birch, cedar] = site.firms;
    const before = [birch, cedar].map((firm) => site.stateOf(firm).rows);
    const forged = path.replace(String(alder.userId), String(birch.userId));
    const page = await open(site, forged, { session });
    expect(page.status).toBe(403);
    for (const firm of site.firms) expect(page.shows(firm)).toEqual([]);
    expect([birch, cedar].map((firm) => site.stateOf(firm).rows)).toEqual(before);
  });

  it("is forgotten when somebody of another firm signs in", async () => {
    const { site, path, session } = await shownOnce();
    const [alder, birch] = site.firms;
    const { connecting, back } = await consented(site, birch.userId);
    const callback = await open(site, back, { connecting, session });
    expect([callback.status, callback.location]).toEqual([302, "/setup"]);
    const page = await open(site, path, { session: cookieIn(callback.answer, "session") });
    expect([page.status, page.shows(alder)]).toEqual([403, []]);
  });

  it("stays when a colleague signs in", async () => {
    const { site, path, session } = await shownOnce();
    const { connecting, back } = await consented(site, site.firms[0].formerUserId);
    const callback = await open(site, back, { connecting, session });
    const page = await open(site, path, { session: cookieIn(callback.answer, "session") });
    expect(page.text).toContain("Ursula Aldermark");
  });
});
