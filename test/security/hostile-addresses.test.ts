import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { exampleCases as cases } from "../../sandbox/firms/example-firm.ts";
import {
  connectedService,
  connectUser,
  SETUP_TOKEN,
  sandboxForTest,
  serviceForTest,
} from "../../testkit/service.ts";
import { requestsTo } from "./requests.ts";

const ATTACKER = "attacker.example";

const TARGETS = [
  "/",
  "/setup",
  "/transfer-rules",
  "/transfer-rules/unreached.csv",
  "/setup/keys/revoke",
  "/connect",
  "/no-such-page",
  "/route-call",
  `http://${ATTACKER}/setup`,
  `http://${ATTACKER}/connect`,
  `http://${ATTACKER}/no-such-page`,
  `//${ATTACKER}/setup`,
  `//${ATTACKER}/%2e%2e/setup`,
  `/\\${ATTACKER}/setup`,
  `/%2F%2F${ATTACKER}/setup`,
  `/%5C${ATTACKER}`,
  `/setup//${ATTACKER}`,
  `/setup/%2f%2f${ATTACKER}`,
  `/setup/..//${ATTACKER}`,
  `/setup/%2e%2e/%2e%2e//${ATTACKER}`,
  `/setup/%0d%0aLocation:%20https://${ATTACKER}`,
  `/transfer-rules?back=https://${ATTACKER}&next=https://${ATTACKER}`,
  `/connect?redirect_uri=https://${ATTACKER}/oauth/callback&next=//${ATTACKER}`,
  `/assets/%2e%2e/%2e%2e/${ATTACKER}`,
  "/assets/..%2f..%2fpackage.json",
  "/assets/%2e%2e%2f%2e%2e%2fapp.ts",
  `/.well-known/${ATTACKER}`,
] as const;

const HEADERS: readonly Readonly<Record<string, string>>[] = [
  {},
  { Host: ATTACKER },
  { Host: `127.0.0.1:3000@${ATTACKER}` },
  { "X-Forwarded-Host": ATTACKER, "X-Forwarded-Proto": "https", "X-Forwarded-Port": "443" },
  { Forwarded: `host=${ATTACKER};proto=https` },
  { "X-Original-URL": `//${ATTACKER}/`, "X-Rewrite-URL": `//${ATTACKER}/` },
  { Origin: `https://${ATTACKER}`, Referer: `https://${ATTACKER}/` },
];

test("no response redirects to a host named in the request, or contains it", async () => {
  const { service, sandbox } = await connectedService();
  const clio = new URL(sandbox.url).origin;
  const problems: string[] = [];
  for (const target of TARGETS) {
    for (const headers of HEADERS) {
      const label = `${target} with ${JSON.stringify(headers)}`;
      const response = await rawGet(service.url, target, headers);
      const { location } = response.headers;
      if (response.status >= 500) problems.push(`${label}: status ${response.status}`);
      if (location !== undefined && !isOwnPath(location) && !isConsentPage(location, clio))
        problems.push(`${label}: leads to ${location}`);
      if (`${JSON.stringify(response.headers)}${response.body}`.includes(ATTACKER))
        problems.push(`${label}: repeats the host`);
      if (/"dependencies"|createApp/.test(response.body)) problems.push(`${label}: shows a file`);
      if (response.headers["access-control-allow-origin"] !== undefined)
        problems.push(`${label}: lets other sites read the response`);
    }
  }
  expect(problems).toEqual([]);
});

/** A path that every browser resolves to the same host. */
function isOwnPath(location: string): boolean {
  return /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(location);
}

function isConsentPage(location: string, clio: string): boolean {
  const url = new URL(location);
  return (
    url.origin === clio &&
    url.pathname === "/oauth/authorize" &&
    url.searchParams.get("redirect_uri") === "http://127.0.0.1:3000/oauth/callback"
  );
}

/** Sends a request target and headers exactly as they are. */
async function rawGet(serviceUrl: string, target: string, headers: Readonly<Record<string, string>>) {
  const { hostname, port } = new URL(serviceUrl);
  const outgoing = request({ hostname, port, path: target, headers: { Accept: "text/html", ...headers } });
  outgoing.end();
  const [response] = (await once(outgoing, "response")) as [IncomingMessage];
  return { status: response.statusCode ?? 0, headers: response.headers, body: await text(response) };
}

const WAYS_BACK = [
  `https://${ATTACKER}/`,
  `//${ATTACKER}/`,
  `/\\${ATTACKER}/`,
  `\\\\${ATTACKER}`,
  `/\t/${ATTACKER}`,
  `%2F%2F${ATTACKER}`,
  `/setup@${ATTACKER}`,
  "javascript:alert(1)",
  "data:text/html,<script>alert(1)</script>",
  "/setup",
  "/connect?setup=x",
  "",
];

test("an address that this service didn't encrypt isn't followed after signing in", async () => {
  const { service, userId } = await connectedService();
  const requests = await requestsTo({ service });
  for (const back of WAYS_BACK) {
    const { status, headers } = await requests.connectAs(userId, { back });
    expect([status, headers.location], back).toEqual([302, "/setup"]);
  }
});

test("signing in returns to the requested page, without additions to its address", async () => {
  const { service, userId } = await connectedService();
  const requests = await requestsTo({ service });
  for (const added of [
    `?next=//${ATTACKER}`,
    `?/../..//${ATTACKER}`,
    `?back=https://${ATTACKER}`,
    "?%0d%0aX:y",
  ]) {
    const sentAway = await requests.send("get", `/transfer-rules${added}`);
    const back = new URL(sentAway.headers.location ?? "", service.url).searchParams.get("back") ?? "";
    const { status, headers } = await requests.connectAs(userId, { back });
    expect([status, headers.location], added).toEqual([302, "/transfer-rules"]);
  }
});

const SUBJECTS = [
  "https://attacker.example/api/v4/matters/1",
  "//attacker.example/api/v4/matters/1",
  "/\\attacker.example/api/v4/matters/1",
  "\\\\attacker.example\\api\\v4\\matters\\1",
  "@attacker.example/api/v4/matters/1",
  "http:/api/v4/matters/1",
  "/api/v4/matters/../users/who_am_i",
  "/api/v4/matters/%2e%2e/users/1",
  "/api/v4/matters/..%2fusers%2f1",
  "/api/v4/matters/1/../2",
  "/api/v4/matters/1/",
  "/api/v4/matters/1//",
  "/api/v4/matters/1?fields=description",
  "/api/v4/matters/1#x",
  "/api/v4/matters/1;x",
  "/api/v4/matters/1.json.json",
  "/api/v4/matters/1.xml",
  "/api/v4/matters/1\n",
  "\n/api/v4/matters/1",
  " /api/v4/matters/1",
  "/api/v4/matters/1\u0000",
  "/api/v4/matters/%31",
  "/api/v4/matters/１",
  "/api/v4/matters/-1",
  "/api/v4/matters/0",
  "/api/v4/matters/01",
  "/api/v4/matters/1e3",
  "/api/v4/matters/9007199254740993",
  "/api/v4/matters/",
  "/api/v4/matters",
  "/api/v4/users/1",
  "/api/v4/webhooks/1",
  "/api/v4/custom_actions/1",
  "/api/v4/Matters/1",
  "/API/v4/matters/1",
  "/api/v5/matters/1",
  "/api//v4/matters/1",
  "api/v4/matters/1",
  "/oauth/token",
  "/api/v4/matters/1,/api/v4/matters/2",
];

test("a click on anything but the relative address of a record is refused without a request to Clio", async () => {
  const { service, sandbox, userId } = await connectedService();
  const requests = await requestsTo({ service });
  const click = new URL(sandbox.click({ userId, subjectPath: `/api/v4/matters/${cases.janeDoe.matterId}` }));
  const before = sandbox.requests.length;
  for (const subject of [...SUBJECTS, ...SUBJECTS.map(encodeURIComponent)]) {
    const forged = new URL(click);
    forged.searchParams.set("subject_url", subject);
    const response = await requests.send("get", forged.pathname + forged.search);
    expect(response.status, subject).toBe(400);
    expect(`${JSON.stringify(response.headers)}${response.text}`).not.toContain(ATTACKER);
  }
  expect(sandbox.requests.length).toBe(before);
  expect((await requests.send("get", click.pathname + click.search)).status).toBe(200);
});

/** A server on a free port. Returns its URL. */
async function serverForTest(
  handle: (request: IncomingMessage, response: ServerResponse) => void | Promise<void>,
): Promise<string> {
  const server = createServer((incoming, response) => void handle(incoming, response));
  await once(server.listen(0, "127.0.0.1"), "listening");
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A Clio that redirects requests to another host, and that host. */
async function misleadingClio() {
  const sandbox = await sandboxForTest();
  const received: string[] = [];
  const attackerUrl = await serverForTest((incoming, response) => {
    received.push(`${incoming.method} ${incoming.url} ${incoming.headers.authorization}`);
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify({ data: [], access_token: "x", token_type: "bearer" }));
  });
  /** The next page of the list of contacts, or a redirect of any matching request. */
  const trick: { next: string | null; redirect: { path: string; status: number; to: string } | null } = {
    next: null,
    redirect: null,
  };
  const clioUrl = await serverForTest(async (incoming, response) => {
    const { method = "GET", url = "/", headers } = incoming;
    if (trick.redirect && url.startsWith(trick.redirect.path)) {
      response.writeHead(trick.redirect.status, { Location: trick.redirect.to }).end();
      return;
    }
    const { authorization, "content-type": type } = headers;
    const answer = await fetch(sandbox.url + url, {
      method,
      headers: {
        ...(authorization && { Authorization: authorization }),
        ...(type && { "Content-Type": type }),
      },
      ...(method !== "GET" && { body: await text(incoming) }),
      redirect: "manual",
    });
    let body = await answer.text();
    if (trick.next !== null && url.startsWith("/api/v4/contacts.json")) {
      const list = JSON.parse(body);
      body = JSON.stringify({ ...list, meta: { ...list.meta, paging: { next: trick.next } } });
    }
    response.writeHead(answer.status, {
      "Content-Type": "application/json",
      ...(answer.headers.has("location") && { Location: answer.headers.get("location") ?? "" }),
    });
    response.end(body);
  });
  const service = await serviceForTest(clioUrl);
  const userId = sandbox.firms[0]?.users[0]?.id ?? 0;
  const { key } = await connectUser(service, { userId, setup: SETUP_TOKEN });
  const lookUp = () =>
    service
      .browser()
      .get("/lookup-contact")
      .query({ phone: cases.janeDoe.phone })
      .set("Authorization", `Bearer ${key}`);
  expect((await lookUp()).body.found).toBe(true);
  return { service, userId, lookUp, trick, clioUrl, attackerUrl, received };
}

test("a next page on another host is never opened", async () => {
  const { lookUp, trick, clioUrl, attackerUrl, received } = await misleadingClio();
  const attacker = new URL(attackerUrl).host;
  const clio = new URL(clioUrl).host;
  for (const next of [
    `${attackerUrl}/api/v4/contacts.json`,
    `//${attacker}/api/v4/contacts.json`,
    `\\\\${attacker}/api/v4/contacts.json`,
    `/\\${attacker}/api/v4/contacts.json`,
    `/\t/${attacker}/api/v4/contacts.json`,
    ` ${attackerUrl}/api/v4/contacts.json`,
    `HTTP://${attacker}/api/v4/contacts.json`,
    `http://${clio}@${attacker}/api/v4/contacts.json`,
    `http://${clio}.${ATTACKER}/api/v4/contacts.json`,
    `https://${clio}/api/v4/contacts.json`,
    `http://${clio.replace("127.0.0.1", "localhost")}/api/v4/contacts.json`,
    "file:///etc/passwd",
    "data:application/json,{}",
    "http://",
  ]) {
    trick.next = next;
    const { status, body } = await lookUp();
    expect([status, body.code], next).toEqual([502, "clio_error"]);
    expect(JSON.stringify(body)).not.toContain(attacker);
  }
  expect(received).toEqual([]);
});

test("a redirect by Clio sends neither a token nor the app's secret to another host", async () => {
  const { service, userId, lookUp, trick, attackerUrl, received } = await misleadingClio();
  for (const status of [301, 302, 303, 307, 308]) {
    trick.redirect = { path: "/api/v4/contacts.json", status, to: `${attackerUrl}/api/v4/contacts.json` };
    const { status: answered, body } = await lookUp();
    expect([answered, body.code], `${status}`).toEqual([502, "clio_error"]);

    trick.redirect = { path: "/oauth/token", status, to: `${attackerUrl}/oauth/token` };
    const { page } = await connectUser(service, { userId });
    expect(page.status).toBeGreaterThanOrEqual(400);
  }
  expect(received).toEqual([]);
});
