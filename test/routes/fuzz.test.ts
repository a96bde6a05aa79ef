import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { exampleCases as cases } from "../../sandbox/firms/example-firm.ts";
import type { RecordedRequest } from "../../sandbox/request-log.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { type Browser, connectedService } from "../../testkit/service.ts";

const RUNS = 200;
/** Node refuses longer headers before a route sees them. */
const MAX_QUERY_LENGTH = 28_000;

interface Parameter {
  path: string;
  name: string;
  /** The other parameters that the service needs before it reads this one. */
  loadOthers?: () => Promise<Record<string, string>>;
  /** The acceptable statuses; never a 5xx. */
  allowed: readonly number[];
}

/** Digits of other scripts: fullwidth, Arabic-Indic, Devanagari, mathematical. */
const digitZeros = [0xff10, 0x0660, 0x0966, 0x1d7ce];
const foreignDigits = fc
  .tuple(fc.constantFrom(...digitZeros), fc.stringMatching(/^\d{1,20}$/))
  .map(([zero, digits]) => [...digits].map((digit) => String.fromCodePoint(zero + Number(digit))).join(""));

const unusual = fc.constantFrom(
  "",
  " ",
  "\0",
  "\r\nX-Injected: 1",
  "4155550171\r\n\r\nGET /sandbox/faults HTTP/1.1\r\n\r\n",
  "0171&client_only=true",
  "0171#",
  "0171' OR '1'='1",
  "1; drop table connections; --",
  "../../users/who_am_i",
  "id,name{id}",
  "__proto__",
  "constructor",
  "toString",
  "NaN",
  "Infinity",
  "-1",
  "0",
  "1e9",
  "0x10",
  "0.171",
  "00000000002512428500",
  "9007199254740993",
  "access_denied",
  "\u202e0171",
  "{{7*7}}<script>alert(1)</script>",
);

const value = fc.oneof(
  unusual,
  foreignDigits,
  fc.string({ unit: "binary" }),
  fc.string({ unit: "grapheme" }),
  fc.stringMatching(/^[-+]?0*\d{0,30}$/),
  fc.bigInt().map(String),
  // Digits with other text between or around them, as a language model may send a number.
  fc
    .array(fc.oneof(fc.stringMatching(/^\d{1,5}$/), unusual), { maxLength: 6 })
    .map((parts) => parts.join(" ")),
  fc
    .tuple(
      fc.constantFrom("1", "0 ", "(", "+", "a", "1-", "x1 ", "' "),
      fc.constantFrom(1_000, 10_000, 10_240),
    )
    .map(([unit, length]) => unit.repeat(length / unit.length)),
);

/** Arbitrary bytes, mostly invalid UTF-8; lone surrogates, and incomplete percent-encoding. */
const rawBytes = fc.oneof(
  fc
    .uint8Array({ maxLength: 40 })
    .map((bytes) => [...bytes].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("")),
  fc.constantFrom(
    "%",
    "%z",
    "%u0031",
    "%ED%A0%80",
    "%ED%B0%80",
    "%C0%AF",
    "%00",
    "%0d%0aX-Injected:%201",
    "%ff%fe",
  ),
);

const encoded = fc.oneof(
  { weight: 4, arbitrary: value.map((each) => encodeURIComponent(each.toWellFormed())) },
  { weight: 1, arbitrary: rawBytes },
);
const propertyName = fc.constantFrom("", "0", "b", "__proto__", "constructor", "length");

/** The parameter once, several times, as an array, as an object, without a value, or missing. */
function queryWith(name: string): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 6, arbitrary: encoded.map((one) => `${name}=${one}`) },
    fc.tuple(encoded, encoded).map(([one, other]) => `${name}=${one}&${name}=${other}`),
    fc.tuple(propertyName, encoded).map(([inner, one]) => `${name}[${inner}]=${one}`),
    fc
      .tuple(propertyName, encoded)
      .map(([inner, one]) => `${name}=0171&${name}[${inner}]=${one}&__proto__[${name}]=${one}`),
    encoded.map((one) => `=${one}&&&${name}`),
    encoded.map((one) => one.replaceAll("=", "%3d")),
  );
}

test("any parameter value gets a 400 or a normal response, and only digits and IDs reach Clio", async () => {
  const { sandbox, service, key: bearer, ask } = await connectedService();
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  const browser = service.browser();

  await ask("/lookup-contact", { phone: cases.janeDoe.phone });
  await ask("/responsible-staff", { clio_contact_id: String(cases.janeDoe.contactId) });
  await ask("/responsible-staff", { clio_contact_id: String(cases.spouse.contactId) });
  const known = knownRequests(sandbox);
  expect([...known.keys()].toSorted()).toEqual([
    "/api/v4/contacts.json query fields order limit",
    "/api/v4/custom_actions.json",
    "/api/v4/custom_actions.json fields limit",
    "/api/v4/matters.json client_id fields order limit",
    "/api/v4/matters.json ids[] fields order limit",
    "/api/v4/relationships.json contact_id fields limit",
    "/api/v4/users/who_am_i.json fields",
  ]);

  let runs = 0;
  for (const parameter of parametersOf(browser)) {
    const { path, name, loadOthers, allowed } = parameter;
    await fc.assert(
      fc.asyncProperty(queryWith(name), async (fuzzed) => {
        fc.pre(sentLength(fuzzed) <= MAX_QUERY_LENGTH);
        const before = sandbox.requests.length;
        const { cookie = "", ...others } = (await loadOthers?.()) ?? {};
        const url = `${service.url}${path}?${new URLSearchParams(others)}&${fuzzed}`;
        // From many addresses, because failed attempts are limited by address.
        runs += 1;
        const address = `203.0.113.${runs % 250}`;
        const headers = { Authorization: `Bearer ${bearer}`, Cookie: cookie, "X-Forwarded-For": address };
        const answer = await get(url, headers);

        expect(allowed, `${path}?${fuzzed}: ${answer.body}`).toContain(answer.status);
        expect(answer.headers["x-injected"]).toBeUndefined();
        for (const sent of sandbox.requests.slice(before)) expectKnown(sent, known);
      }),
      // Among random digits, those of a caller whose call needs several matters are rare.
      { numRuns: RUNS, examples: [[`${name}=${cases.opposingCounsel.lastFour}`]] },
    );
  }

  async function get(url: string, headers: Record<string, string>) {
    const outgoing = request(url, { agent, headers }).end();
    const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
    return { status: answer.statusCode ?? 0, headers: answer.headers, body: await text(answer) };
  }
});

/** The length of a query as it is sent: an apostrophe, for example, is sent as `%27`. */
const sentLength = (query: string) => new URL(`http://service/?${query}`).search.length;

function parametersOf(browser: Browser): Parameter[] {
  /** A valid state and its browser's cookie, so that the service reads the other parameters. */
  async function validState(): Promise<Record<string, string>> {
    const start = await browser.get("/connect");
    const state = new URL(start.headers.location ?? "").searchParams.get("state") ?? "";
    const cookie = String(start.headers["set-cookie"]).split(";")[0] ?? "";
    return { state, cookie };
  }
  const lastFour = async () => ({ last_4: cases.sameLastFour.lastFour });
  const contactId = async () => ({ clio_contact_id: String(cases.severalMatters.contactId) });
  const lookup = { path: "/lookup-contact", allowed: [200, 400] };
  const staff = { path: "/responsible-staff", allowed: [200, 400] };
  const callback = { path: "/oauth/callback", allowed: [400, 403] };
  const route = { path: "/route-call", allowed: [200, 400] };
  const callerId = async () => ({ caller_id: cases.household.phone });
  /** A click of a user who never connected: nothing about it is sent to Clio. */
  const click = { path: "/clio-action", allowed: [302, 400] };
  const parameters = {
    custom_action_id: "1",
    user_id: "1",
    subject_url: "/api/v4/matters/1",
    custom_action_nonce: "x",
  };
  const clickWithout = (name: keyof typeof parameters) => async () => {
    const { [name]: _, ...others } = parameters;
    return others;
  };
  return [
    { ...route, name: "caller_id" },
    { ...route, name: "name", loadOthers: callerId },
    { ...route, name: "matter", loadOthers: callerId },
    { ...click, name: "custom_action_id", loadOthers: clickWithout("custom_action_id") },
    { ...click, name: "user_id", loadOthers: clickWithout("user_id") },
    { ...click, name: "subject_url", loadOthers: clickWithout("subject_url") },
    { ...click, name: "custom_action_nonce", loadOthers: clickWithout("custom_action_nonce") },
    { path: "/connect", name: "back", allowed: [302, 400] },
    { ...lookup, name: "last_4" },
    { ...lookup, name: "phone" },
    { ...lookup, name: "phone", loadOthers: lastFour },
    { ...lookup, name: "name", loadOthers: lastFour },
    { ...staff, name: "clio_contact_id" },
    { ...staff, name: "matter", loadOthers: contactId },
    { path: "/connect", name: "setup", allowed: [302, 400] },
    { ...callback, name: "state" },
    { ...callback, name: "code", loadOthers: validState },
    { ...callback, name: "error", loadOthers: validState },
  ];
}

/** The parameters of each request to Clio's API so far, by path and parameter names (`requestKind`). */
function knownRequests({ requests }: Sandbox): Map<string, Map<string, string>> {
  return new Map(
    requests
      .map(({ path }) => new URL(path, "http://clio"))
      .filter(({ pathname }) => pathname.startsWith("/api/"))
      .map((url) => [requestKind(url), new Map(url.searchParams)]),
  );
}

const requestKind = ({ pathname, searchParams }: URL) =>
  [pathname, ...new Set(searchParams.keys())].join(" ");

/** The request has the same parameters as a normal one, and a value that differs consists of digits. */
function expectKnown(sent: RecordedRequest, known: ReadonlyMap<string, ReadonlyMap<string, string>>): void {
  const url = new URL(sent.path, "http://clio");
  // The authorization code is sent in the body, unchanged.
  if (url.pathname === "/oauth/token" && url.search === "") return;
  const normal = known.get(requestKind(url));
  expect(normal, sent.path).toBeDefined();
  for (const [name, text] of url.searchParams)
    if (text !== normal?.get(name)) expect(text, `${name} of ${sent.path}`).toMatch(/^[0-9]+$/);
}
