import { gzipSync } from "node:zlib";
import type { Test } from "supertest";
import { expect, test } from "vitest";
import { leaksOf } from "../tenant-isolation/leaks.ts";
import { ROUTES } from "../tenant-isolation/requests.ts";
import { type AdmittedFirm, type ThreeFirms, threeFirms } from "../tenant-isolation/three-firms.ts";
import { type Requests, requestsTo } from "./requests.ts";

/** A form of a signed-in user, and the credentials that an attacker may use to forge it. */
interface Target {
  readonly requests: Requests;
  readonly path: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly own: AdmittedFirm;
  readonly other: AdmittedFirm;
  /** Another session of the same user. */
  readonly secondSession: { readonly session: string; readonly csrf: string };
}

const CROSS_SITE = {
  Origin: "https://attacker.example",
  Referer: "https://attacker.example/",
  "Sec-Fetch-Site": "cross-site",
  "Sec-Fetch-Mode": "navigate",
};

/** A form with the user's session and any body. */
function post({ requests, path, own }: Target, headers: Readonly<Record<string, string>> = {}): Test {
  return requests.send("post", path, { cookies: { session: own.signedIn.session }, headers });
}

const form = (target: Target, csrf: string | undefined, headers = {}) =>
  post(target, headers)
    .type("form")
    .send(csrf === undefined ? target.fields : { ...target.fields, csrf });

const encoded = ({ fields, own }: Target) =>
  new URLSearchParams({ ...fields, csrf: own.signedIn.csrf }).toString();

/** Forms without the session's own token, or without the session. Each is refused with one of these statuses. */
const FORGERIES: Readonly<Record<string, readonly [(target: Target) => Test, ...number[]]>> = {
  "without a token": [(target) => form(target, undefined), 403],
  "with an empty token": [(target) => form(target, ""), 403],
  "with a made-up token": [(target) => form(target, "A".repeat(32)), 403],
  "with half the token": [(target) => form(target, target.own.signedIn.csrf.slice(0, 16)), 403],
  "with the token and more": [(target) => form(target, `${target.own.signedIn.csrf} `), 403],
  "with the token in capitals": [(target) => form(target, target.own.signedIn.csrf.toUpperCase()), 403],
  "with the token of another session of the user": [(target) => form(target, target.secondSession.csrf), 403],
  "with the token of another firm": [(target) => form(target, target.other.signedIn.csrf), 403],
  "with the token of an ended session": [(target) => form(target, target.own.former.csrf), 403],
  "with the session as the token": [(target) => form(target, target.own.signedIn.session), 403],
  "with the API key as the token": [(target) => form(target, target.own.key), 403],
  "with the token twice": [
    (target) =>
      post(target)
        .type("form")
        .send(`${encoded(target)}&csrf=${target.own.signedIn.csrf}`),
    403,
  ],
  "with the token after an empty one": [
    (target) =>
      post(target)
        .type("form")
        .send(`csrf=&${encoded(target)}`),
    403,
  ],
  "with the token in a list": [
    (target) => post(target).type("form").send(encoded(target).replace("csrf=", "csrf[]=")),
    403,
  ],
  "with the token in an object": [
    (target) => post(target).type("form").send(encoded(target).replace("csrf=", "csrf[csrf]=")),
    403,
  ],
  "with the token in a prototype": [
    (target) => post(target).type("form").send(encoded(target).replace("csrf=", "__proto__[csrf]=")),
    403,
  ],
  "with the token in the address": [
    (target) =>
      requestsWith(target, "post", `${target.path}?csrf=${target.own.signedIn.csrf}`)
        .type("form")
        .send(target.fields),
    403,
  ],
  "with the token in headers": [
    (target) =>
      form(target, undefined, {
        "X-Csrf-Token": target.own.signedIn.csrf,
        "X-Xsrf-Token": target.own.signedIn.csrf,
      }),
    403,
  ],
  "from another site without a token": [(target) => form(target, undefined, CROSS_SITE), 403],
  "from another site with another firm's token": [
    (target) => form(target, target.other.signedIn.csrf, CROSS_SITE),
    403,
  ],
  "from another site without cookies, as browsers send it": [
    ({ requests, path, fields, own }) =>
      requests
        .send("post", path, { headers: CROSS_SITE })
        .type("form")
        .send({ ...fields, csrf: own.signedIn.csrf }),
    403,
  ],
  "as JSON": [(target) => post(target).send({ ...target.fields, csrf: target.own.signedIn.csrf }), 403, 415],
  "as plain text": [(target) => post(target).type("text/plain").send(encoded(target)), 403, 415],
  "as a multipart form": [
    (target) => post(target).field({ ...target.fields, csrf: target.own.signedIn.csrf }),
    403,
    415,
  ],
  "as bytes": [(target) => post(target).type("application/octet-stream").send(encoded(target)), 403, 415],
  "as a form with an unknown encoding": [
    (target) => post(target, { "Content-Encoding": "rot13" }).type("form").send(encoded(target)),
    400,
    403,
    415,
  ],
  "as a form that claims to be compressed": [
    (target) => post(target, { "Content-Encoding": "gzip" }).type("form").send(encoded(target)),
    400,
    403,
    415,
  ],
  "as a small body that expands to a large one": [
    (target) => {
      const bomb = gzipSync(`${encoded(target)}&x=${"x".repeat(5_000_000)}`);
      const request = post(target, { "Content-Encoding": "gzip" }).type("form");
      request.write(bomb);
      return request;
    },
    400,
    413,
  ],
  "with too many fields": [
    (target) =>
      post(target)
        .type("form")
        .send(`${"a=&".repeat(3_000)}${encoded(target)}`),
    400,
    413,
  ],
  "with GET": [(target) => requestsWith(target, "get", `${target.path}?${encoded(target)}`), 302, 405],
  "with PUT": [(target) => requestsWith(target, "put", target.path).type("form").send(encoded(target)), 405],
  "with PATCH": [
    (target) => requestsWith(target, "patch", target.path).type("form").send(encoded(target)),
    405,
  ],
  "with DELETE": [
    (target) => requestsWith(target, "delete", target.path).type("form").send(encoded(target)),
    405,
  ],
  "with another method's name in a header": [
    (target) =>
      requestsWith(target, "get", `${target.path}?${encoded(target)}&_method=POST`).set(
        "X-HTTP-Method-Override",
        "POST",
      ),
    302,
    405,
  ],
  "without a session": [
    ({ requests, path, fields, own }) =>
      requests
        .send("post", path)
        .type("form")
        .send({ ...fields, csrf: own.signedIn.csrf }),
    403,
  ],
  "with an ended session and its token": [
    ({ requests, path, fields, own }) =>
      requests
        .send("post", path, { cookies: { session: own.former.session } })
        .type("form")
        .send({ ...fields, csrf: own.former.csrf }),
    403,
  ],
};

function requestsWith(
  { requests, own }: Target,
  method: "get" | "post" | "put" | "patch" | "delete",
  path: string,
) {
  return requests.send(method, path, { cookies: { session: own.signedIn.session } });
}

/** The fields with which each form has an effect, for forms with fields. */
function fieldsOf(path: string, own: AdmittedFirm): Record<string, string> {
  const ownFields = ROUTES[`POST ${path}`]?.requests({} as ThreeFirms, own, own)[0]?.fields ?? {};
  return Object.fromEntries(Object.entries(ownFields).map(([name, value]) => [name, String(value)]));
}

/** Forms that decide about a call. */
const NOTHING_TO_DECIDE = /^\/calls\/:call\/(log|dismiss|retry|number|new-contact)$/;

/** A form that ends its own session comes last. */
const ENDS_SESSION = /sign-out|disconnect/;

test("no form works without the token of its own session", async () => {
  const site = await threeFirms("live");
  const requests = await requestsTo(site);
  const [own, other] = site.firms;
  const secondSession = await site.signIn(own.userId);
  const state = () => JSON.stringify(site.firms.map((firm) => site.stateOf(firm)));
  const paths = Object.entries(ROUTES)
    .filter(([, { requires }]) => requires === "form")
    .map(([route]) => route.replace("POST ", ""))
    .toSorted((one, two) => Number(ENDS_SESSION.test(one)) - Number(ENDS_SESSION.test(two)));
  const addressOf = (path: string) => path.replace(":call", own.callId);
  const targetOf = (path: string) => ({
    requests,
    path: addressOf(path),
    fields: fieldsOf(path, own),
    own,
    other,
    secondSession,
  });

  const before = state();
  const problems: string[] = [];
  let forged = 0;
  for (const path of paths) {
    for (const [label, [send, ...refusals]] of Object.entries(FORGERIES)) {
      const response = await send(targetOf(path));
      forged += 1;
      if (!refusals.includes(response.status)) problems.push(`${path} ${label}: status ${response.status}`);
      const page = addressOf(path).replace(/^(\/calls\/[^/]+|\/[^/]+)\/.*/, "$1");
      const { location = page } = response.headers;
      if (location !== page) problems.push(`${path} ${label}: redirects to ${location}`);
      const content = `${JSON.stringify(response.headers)}\n${response.text}`.toLowerCase();
      const leaks = site.firms.flatMap((firm) => leaksOf(firm, content, []));
      if (leaks.length > 0) problems.push(`${path} ${label} reveals ${leaks.join(", ")}`);
    }
    if (state() !== before) problems.push(`a forged form at ${path} changes something`);
  }
  expect(problems).toEqual([]);
  expect(forged).toBeGreaterThan(168);

  // With the session's own token, each of them works.
  for (const path of paths) {
    if (ENDS_SESSION.test(path)) own.signedIn = await site.signIn(own.userId);
    const response = await form(targetOf(path), own.signedIn.csrf);
    // The token is accepted, but the only administrator keeps the role, and there is nothing to decide about the call.
    const isRefused = path === "/setup/administrators/remove" || NOTHING_TO_DECIDE.test(path);
    const expected = isRefused ? [400] : [200, 303];
    expect(expected, `${path}: ${response.text}`).toContain(response.status);
  }
});
