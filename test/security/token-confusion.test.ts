import { createHmac } from "node:crypto";
import type { Response } from "supertest";
import { expect, test } from "vitest";
import { createSealer } from "../../src/store/encryption/sealing.ts";
import { openStore } from "../../src/store/store.ts";
import {
  connectUser,
  decide,
  type RunningService,
  SETUP_TOKEN,
  sandboxForTest,
  serviceForTest,
} from "../../testkit/service.ts";
import { leaksOf } from "../tenant-isolation/leaks.ts";
import { SHARED } from "../tenant-isolation/marked-firms.ts";
import { type AdmittedFirm, type ThreeFirms, threeFirms } from "../tenant-isolation/three-firms.ts";
import { type Requests, requestsTo } from "./requests.ts";

interface Token {
  readonly kind: string;
  readonly value: string;
  /** Null for a token that belongs to no firm. */
  readonly firm: AdmittedFirm | null;
}

/** A place where a request can present a token. */
interface Place {
  /** Whether this is the place that the token is for. */
  readonly accepts: (token: Token, own: AdmittedFirm) => boolean;
  readonly offer: (attack: Attack, value: string) => Promise<Response>;
  readonly isRefusal: (response: Response) => boolean;
}

interface Attack {
  readonly site: ThreeFirms;
  readonly requests: Requests;
  /** The firm whose other credentials are sent with the token. */
  readonly own: AdmittedFirm;
}

const isKind = (kind: string) => (token: Token) => token.kind === kind;
const isOwn = (kind: string) => (token: Token, own: AdmittedFirm) =>
  token.kind === kind && token.firm === own;
const hasStatus =
  (...statuses: number[]) =>
  ({ status }: Response) =>
    statuses.includes(status);
const encode = encodeURIComponent;
const routeCall = `/route-call?caller_id=${encode(SHARED.phone)}`;

const SHARED_MATTER = `/api/v4/matters/${SHARED.matterId}`;
const DELIVERY = JSON.stringify({ data: { id: SHARED.contactId }, meta: { event: "updated" } });
const signature = (secret: string) => createHmac("sha256", secret).update(DELIVERY).digest("hex");

const PLACES: Readonly<Record<string, Place>> = {
  "API key": {
    accepts: isKind("API key"),
    offer: ({ requests }, value) =>
      requests.send("get", routeCall, { headers: { Authorization: `Bearer ${value}` } }),
    isRefusal: hasStatus(401),
  },
  "API key in the query": {
    accepts: () => false,
    offer: ({ requests }, value) =>
      requests.send("get", `${routeCall}&key=${encode(value)}&access_token=${encode(value)}`),
    isRefusal: hasStatus(401),
  },
  "session of a page": {
    accepts: isKind("session"),
    offer: ({ requests }, session) => requests.send("get", "/setup", { cookies: { session } }),
    isRefusal: ({ status, headers }) => status === 302 && /^\/connect\?/.test(headers.location ?? ""),
  },
  "session of a program": {
    accepts: isKind("session"),
    offer: ({ requests }, session) => requests.send("get", "/transfer-rules.json", { cookies: { session } }),
    isRefusal: hasStatus(401),
  },
  "CSRF token": {
    accepts: isOwn("CSRF token"),
    offer: ({ requests, own }, csrf) =>
      requests
        .send("post", "/setup/try", { cookies: { session: own.signedIn.session } })
        .type("form")
        .send({ csrf, number: SHARED.phone }),
    isRefusal: hasStatus(403),
  },
  state: {
    // A state is valid only in the browser that started, and every attempt uses another browser.
    accepts: () => false,
    offer: ({ requests, own }, value) => signInWith(requests, own, () => value),
    isRefusal: hasStatus(400),
  },
  "browser's secret": {
    accepts: () => false,
    offer: async ({ requests, own }, value) => {
      const { clioUrl } = await requests.openConnect();
      return requests.send("get", await decide(clioUrl ?? "", own.userId), {
        cookies: { connecting: value },
      });
    },
    isRefusal: hasStatus(400),
  },
  "authorization code": {
    accepts: isKind("authorization code"),
    offer: async ({ requests }, code) => {
      const { clioUrl, connecting } = await requests.openConnect();
      const state = new URL(clioUrl ?? "").searchParams.get("state") ?? "";
      return requests.send("get", `/oauth/callback?${new URLSearchParams({ state, code })}`, {
        cookies: { connecting },
      });
    },
    isRefusal: hasStatus(400),
  },
  "setup token": {
    accepts: ({ kind }) => kind === "setup token" || kind === "invitation",
    offer: ({ requests, site }, setup) => requests.connectAs(site.notAdmitted.userId, { setup }),
    isRefusal: hasStatus(400, 403),
  },
  "secret that signs a delivery": {
    accepts: isOwn("webhook secret"),
    offer: ({ requests, own }, secret) => deliver(requests, own.webhook?.path ?? "", signature(secret)),
    isRefusal: hasStatus(401),
  },
  "signature of a delivery": {
    accepts: () => false,
    offer: ({ requests, own }, value) => deliver(requests, own.webhook?.path ?? "", value),
    isRefusal: hasStatus(401),
  },
  "address of a webhook": {
    accepts: isOwn("webhook address"),
    offer: ({ requests, own }, value) =>
      deliver(requests, `/webhooks/clio/${encode(value)}`, signature(own.webhook?.secret ?? "")),
    isRefusal: hasStatus(401, 404),
  },
  "secret of a handshake": {
    accepts: isOwn("webhook secret"),
    offer: ({ requests, own }, secret) =>
      requests.send("post", own.webhook?.path ?? "", { headers: { "X-Hook-Secret": secret } }).send("{}"),
    isRefusal: hasStatus(401),
  },
  "nonce of a click": {
    accepts: isOwn("nonce"),
    offer: ({ requests, site, own }, nonce) => {
      const click = new URL(site.sandbox.click({ userId: own.userId, subjectPath: SHARED_MATTER }));
      click.searchParams.set("custom_action_nonce", nonce);
      return requests.send("get", click.pathname + click.search);
    },
    isRefusal: hasStatus(400, 403),
  },
  // Last, because the user is signed in even if the return target is refused.
  "way back": {
    accepts: isKind("way back"),
    offer: ({ requests, own }, back) => requests.connectAs(own.userId, { back }),
    isRefusal: ({ status, headers }) =>
      status === 400 || status === 403 || (status === 302 && headers.location === "/setup"),
  },
};

/** Signs in, with another `state` in the address that Clio redirects to. */
async function signInWith(requests: Requests, own: AdmittedFirm, change: (state: string) => string) {
  const { clioUrl, connecting } = await requests.openConnect();
  const callback = new URL(await decide(clioUrl ?? "", own.userId), "http://localhost");
  callback.searchParams.set("state", change(callback.searchParams.get("state") ?? ""));
  return requests.send("get", callback.pathname + callback.search, { cookies: { connecting } });
}

function deliver(requests: Requests, path: string, value: string) {
  return requests
    .send("post", path, { headers: { "X-Hook-Signature": value } })
    .type("json")
    .send(DELIVERY);
}

/** Every kind of token, valid where it belongs. */
async function tokensOf(
  { site, requests }: Omit<Attack, "own">,
  firms: readonly AdmittedFirm[],
): Promise<Token[]> {
  const { clioUrl } = await requests.openConnect();
  const sentAway = await requests.send("get", "/transfer-rules");
  const wayBack = new URL(sentAway.headers.location ?? "", site.service.url).searchParams.get("back") ?? "";
  const common = {
    state: new URL(clioUrl ?? "").searchParams.get("state") ?? "",
    "way back": wayBack,
    "setup token": SETUP_TOKEN,
    invitation: await invitationTo(site.service),
  };
  const tokens = Object.entries(common).map(([kind, value]): Token => ({ kind, value, firm: null }));
  for (const firm of firms) {
    const issued = site.sandbox.issueToken(firm.userId);
    const { clioUrl } = await requests.openConnect();
    const callback = new URL(await decide(clioUrl ?? "", firm.userId), site.service.url);
    const click = site.sandbox.click({ userId: firm.userId, subjectPath: SHARED_MATTER });
    const own = {
      session: firm.signedIn.session,
      "ended session": firm.former.session,
      "CSRF token": firm.signedIn.csrf,
      "ended session's CSRF token": firm.former.csrf,
      "browser's secret": firm.signedIn.connecting,
      "API key": firm.key,
      "revoked API key": firm.revokedKey,
      "ID of an API key": firm.keyId,
      "webhook address": firm.webhook?.path.split("/").at(-1) ?? "",
      "webhook secret": firm.webhook?.secret ?? "",
      "access token": issued.access_token,
      "refresh token": issued.refresh_token,
      "authorization code": callback.searchParams.get("code") ?? "",
      nonce: new URL(click).searchParams.get("custom_action_nonce") ?? "",
    };
    tokens.push(...Object.entries(own).map(([kind, value]) => ({ kind, value, firm })));
  }
  for (const { kind, value } of tokens) expect(value.length, kind).toBeGreaterThan(9);
  return tokens;
}

async function invitationTo({ settings }: RunningService): Promise<string> {
  const store = await openStore(settings.databaseUrl, createSealer(settings.secretKeys), Date.now);
  const { token } = await store.invitations.create();
  await store.close();
  return token;
}

/** A site with one firm's credentials to attack. The other firms' rows must not change. */
async function attackedSite() {
  const site = await threeFirms("mirror");
  const requests = await requestsTo(site);
  const tokens = await tokensOf({ site, requests }, site.firms.slice(0, 2));
  await site.idle();
  const rowsOf = (firms: readonly AdmittedFirm[]) =>
    JSON.stringify(firms.map((firm) => site.stateOf(firm).rows));
  return { site, requests, tokens, rowsOf };
}

test("a token is accepted for its own use only", async () => {
  const { site, requests, tokens, rowsOf } = await attackedSite();
  const [alder, ...others] = site.firms;
  const before = { all: rowsOf(site.firms), others: rowsOf(others) };

  const problems: string[] = [];
  let tried = 0;
  for (const [name, place] of Object.entries(PLACES)) {
    const signsIn = name === "way back";
    for (const token of tokens) {
      // Unconfirmed clicks are limited by user.
      const own = name === "nonce of a click" ? (token.firm ?? alder) : alder;
      if (place.accepts(token, own)) continue;
      tried += 1;
      const label = `the ${token.kind} of ${token.firm?.mark ?? "no firm"} as ${name}`;
      const response = await place.offer({ site, requests, own }, token.value);
      if (!place.isRefusal(response)) problems.push(`${label}: status ${response.status}`);
      const content = `${JSON.stringify(response.headers)}\n${response.text}`.toLowerCase();
      for (const firm of signsIn ? others : site.firms) {
        const leaks = leaksOf(firm, content, [token.value.toLowerCase(), SHARED.phone]);
        if (leaks.length > 0) problems.push(`${label} reveals of ${firm.mark}: ${leaks.join(", ")}`);
      }
    }
    const isUnchanged = signsIn ? rowsOf(others) === before.others : rowsOf(site.firms) === before.all;
    if (!isUnchanged) problems.push(`as ${name}, tokens change what is stored`);
  }
  expect(problems).toEqual([]);
  expect(tried).toBeGreaterThan(160);
});

/** Changes after which no token may work. `other` is a valid token of another firm for the same use. */
const CHANGES: Readonly<Record<string, (token: string, other: string) => string>> = {
  "without its last quarter": (token) => token.slice(0, Math.floor(token.length * 0.75)),
  "without its first character": (token) => token.slice(1),
  "with another character in the middle": (token) => withAnother(token, Math.floor(token.length / 2)),
  "with another character at the start": (token) => withAnother(token, 0),
  "with a character more": (token) => `${token}AAAA`,
  twice: (token) => token + token,
  reversed: (token) => [...token].toReversed().join(""),
  "with the other case": (token) =>
    token === token.toLowerCase() ? token.toUpperCase() : token.toLowerCase(),
  "with the start of another firm's": (token, other) => swapParts(token, other, [0]),
  "with the end of another firm's": (token, other) => swapParts(token, other, [-1]),
  "with the content of another firm's": (token, other) => swapParts(token, other, [-2]),
  "with the header of an unencrypted token": (token) =>
    [Buffer.from('{"alg":"none"}').toString("base64url"), ...token.split(".").slice(1)].join("."),
  "as an unencrypted token": () =>
    `${Buffer.from('{"alg":"none"}').toString("base64url")}.${Buffer.from('{"aud":"session"}').toString("base64url")}.`,
};

function withAnother(token: string, place: number): string {
  return token.slice(0, place) + (token[place] === "b" ? "c" : "b") + token.slice(place + 1);
}

/** Swaps the parts between dots or, without those, a half. */
function swapParts(token: string, other: string, places: readonly number[]): string {
  const split = (text: string) => {
    const middle = Math.floor(text.length / 2);
    return text.includes(".") ? text.split(".") : [text.slice(0, middle), text.slice(middle)];
  };
  const [parts, others] = [split(token), split(other)];
  for (const place of places) parts.splice(place, 1, others.at(place) ?? "");
  return parts.join(token.includes(".") ? "." : "");
}

test("no changed token is accepted, and every unchanged one is", async () => {
  const { site, requests, tokens, rowsOf } = await attackedSite();
  const [alder, birch, cedar] = site.firms;
  const before = rowsOf([birch, cedar]);
  const attack = { site, requests, own: alder };

  const problems: string[] = [];
  for (const [name, place] of Object.entries(PLACES)) {
    const right = tokens.find((token) => place.accepts(token, alder));
    // Clio checks codes and nonces, and the sandbox isn't tested here.
    if (!right || name === "authorization code" || name === "nonce of a click") continue;
    const other = tokens.find(({ kind, firm }) => kind === right.kind && firm === birch) ?? right;
    for (const [label, change] of Object.entries(CHANGES)) {
      const changed = change(right.value, other.value);
      // Halves of two tokens that belong to no firm are the token itself.
      if (changed === right.value || changed === other.value) continue;
      const response = await place.offer(attack, changed);
      if (!place.isRefusal(response)) problems.push(`${name} ${label}: status ${response.status}`);
    }
    const response = await place.offer(attack, right.value);
    if (place.isRefusal(response)) problems.push(`the right ${name} is refused: status ${response.status}`);
  }

  const state = tokens.find(isKind("state"))?.value ?? "";
  for (const [label, change] of Object.entries(CHANGES)) {
    let isSame = false;
    const response = await signInWith(requests, alder, (own) => {
      const changed = change(own, state);
      isSame = changed === own;
      return changed;
    });
    if (!isSame && response.status !== 400) problems.push(`state ${label}: status ${response.status}`);
  }
  const signedIn = await signInWith(requests, alder, (own) => own);
  if (signedIn.status !== 302) problems.push(`the right state is refused: status ${signedIn.status}`);

  expect(problems).toEqual([]);
  expect(rowsOf([birch, cedar])).toBe(before);
});

test("a session, a state and a return target expire, and an API key doesn't", async () => {
  const clock = { now: Date.parse("2026-05-31T15:00:00Z") };
  const now = () => clock.now;
  const sandbox = await sandboxForTest({ now });
  const service = await serviceForTest(sandbox.url, { now });
  const userId = sandbox.firms[0]?.users[0]?.id ?? 0;
  const { browser, key } = await connectUser(service, { userId, setup: SETUP_TOKEN });
  const sentAway = await service.browser().get("/transfer-rules");
  const returning = service.browser();
  const start = await returning.get(sentAway.headers.location ?? "");
  const callback = await decide(start.headers.location ?? "", userId);

  clock.now += 8 * 24 * 3_600_000;
  expect((await browser.get("/setup")).status).toBe(302);
  expect((await returning.get(callback)).status).toBe(400);
  const late = service.browser();
  const lateStart = await late.get(sentAway.headers.location ?? "");
  const lateEnd = await late.get(await decide(lateStart.headers.location ?? "", userId));
  expect([lateEnd.status, lateEnd.headers.location]).toEqual([302, "/setup"]);
  const call = await service
    .browser()
    .get("/route-call")
    .query({ caller_id: "anonymous" })
    .set("Authorization", `Bearer ${key}`);
  expect(call.status).toBe(200);
});
