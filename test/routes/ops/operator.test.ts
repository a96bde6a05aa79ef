import { request } from "node:http";
import { DatabaseSync } from "node:sqlite";
import supertest from "supertest";
import { describe, expect, test } from "vitest";
import { exampleCases as cases } from "../../../sandbox/firms/example-firm.ts";
import {
  connectedService,
  connectUser,
  consent,
  pathOf,
  SETUP_TOKEN,
  sandboxForTest,
  serviceForTest,
} from "../../../testkit/service.ts";

const jane = { phone: cases.janeDoe.phone };

describe("operator endpoints and logs", () => {
  test("/healthz answers while the process runs, /readyz while the database responds", async () => {
    const { service } = await connectedService();
    const browser = supertest(service.url);
    expect((await browser.get("/healthz")).status).toBe(200);
    expect((await browser.get("/readyz")).status).toBe(200);

    const db = new DatabaseSync(service.databaseFile);
    db.exec("drop table key_reveals; drop table bearer_keys; drop table connections; drop table firms");
    db.close();
    const unready = await browser.get("/readyz");
    expect(unready.status).toBe(503);
    expect(unready.body.reason).toContain("database");
    expect((await browser.get("/healthz")).status).toBe(200);
  });

  test("an unknown route gets a 404, and an unsupported method a 405", async () => {
    const { service } = await connectedService();
    const browser = supertest(service.url);
    const missing = await browser.get("/nothing/here");
    expect([missing.status, missing.body.code]).toEqual([404, "not_found"]);
    for (const path of ["/lookup-contact", "/responsible-staff", "/healthz", "/readyz", "/metrics"]) {
      const answer = await browser.post(path);
      expect([answer.status, answer.body.code]).toEqual([405, "method_not_allowed"]);
      expect(answer.headers.allow).toBe("GET, HEAD");
    }
    expect((await browser.get("/%E0%A4%A")).status).toBe(404);
  });

  test("an address counts in its exact spelling only", async () => {
    const { service } = await connectedService();
    const other = [
      "/metrics/",
      "/METRICS",
      "/Metrics",
      "//metrics",
      "/./metrics/.",
      "/%6detrics/",
      "/healthz/",
      "/HEALTHZ",
      "//healthz",
      "/readyz/",
      "/READYZ",
      "/openapi.json/",
      "/lookup-contact/",
      "/Route-Call",
      "/setup/",
      "/SETUP",
      "/assets/style.css/",
    ];
    for (const path of other) {
      // supertest would normalize the path.
      const status = await new Promise((resolve, reject) => {
        const outgoing = request(service.url, { path }, (answer) => resolve(answer.resume().statusCode));
        outgoing.on("error", reject).end();
      });
      expect([path, status]).toEqual([path, 404]);
    }
  });

  test("an internal error is a 500 without details, and its request ID leads to the log line", async () => {
    const { service, ask } = await connectedService();
    const db = new DatabaseSync(service.databaseFile);
    db.exec("drop table connections");
    db.close();
    const answer = await ask("/lookup-contact", jane);
    expect([answer.status, answer.body.code]).toEqual([500, "internal_error"]);
    expect(answer.text).not.toMatch(/connections|sqlite|table|\/src\//i);
    const line = JSON.parse(service.logLines.find((text) => text.includes(answer.body.request_id)) ?? "{}");
    expect(line).toMatchObject({ status: 500, code: "internal_error", fault: { code: "ERR_SQLITE_ERROR" } });
    expect(line.level).toBe(50);
  });

  test("metrics count requests, Clio's responses, token refreshes and connections", async () => {
    const { service, ask, sandbox } = await connectedService();
    const answered = async () => {
      const { text } = await supertest(service.url).get("/metrics");
      return Number(/clio_requests_total\{status="200"\} (\d+)/.exec(text)?.[1]);
    };
    const before = await answered();
    await ask("/lookup-contact", jane);
    sandbox.expireTokens();
    await ask("/lookup-contact", jane);
    const { text, type } = await supertest(service.url).get("/metrics");
    expect(type).toBe("text/plain");
    expect(text).toContain(
      'http_request_duration_seconds_count{route="/lookup-contact",method="GET",status="200"} 2',
    );
    expect((await answered()) - before).toBe(2);
    expect(text).toContain('clio_requests_total{status="401"} 1');
    expect(text).toContain('clio_token_refreshes_total{outcome="renewed"} 1');
    expect(text).toContain('clio_connections{state="connected"} 1');
  });

  test("logs one line per request, with its ID, route, status, duration and Clio requests", async () => {
    const { service, ask } = await connectedService();
    const answer = await ask("/lookup-contact", jane);
    await ask("/lookup-contact", { last_4: "" });
    const lines = service.logLines.map((line) => JSON.parse(line));
    const matching = lines.filter(({ route }) => route === "/lookup-contact");
    expect(matching).toHaveLength(2);
    expect(matching[0]).toMatchObject({
      request_id: answer.headers["x-request-id"],
      method: "GET",
      status: 200,
      clio_requests: 1,
    });
    expect(matching[0].ms).toBeGreaterThanOrEqual(0);
    expect(matching[1]).toMatchObject({ clio_requests: 0 });
  });

  test("logs health checks only when they fail, and counts all of them", async () => {
    const { service } = await connectedService();
    const browser = supertest(service.url);
    service.logLines.length = 0;
    for (const path of ["/healthz", "/readyz"]) await browser.get(path);
    expect(service.logLines).toEqual([]);
    expect((await browser.get("/metrics")).text).toContain(
      'http_request_duration_seconds_count{route="/readyz",method="GET",status="200"} 1\n',
    );

    const db = new DatabaseSync(service.databaseFile);
    db.exec("drop table key_reveals; drop table bearer_keys; drop table connections; drop table firms");
    db.close();
    await browser.get("/readyz");
    await browser.post("/healthz");
    const failures = service.logLines.map((line) => JSON.parse(line));
    expect(failures.map(({ route, status }) => [route, status])).toContainEqual(["/readyz", 503]);
    expect(failures.map(({ route, status }) => [route, status])).toContainEqual(["/healthz", 405]);
  });

  test("logs no secret and no personal data, whatever the route and its outcome", async () => {
    const sandbox = await sandboxForTest();
    const service = await serviceForTest(sandbox.url, {
      env: { LOG_LEVEL: "trace", UPFIRST_API_KEY: "k".repeat(40) },
    });
    const userId = sandbox.firms[0]?.users[0]?.id ?? 0;
    const secrets = new Set([SETUP_TOKEN, "sandbox-secret", "k".repeat(40)]);
    const { key } = await connectUser(service, { userId, setup: SETUP_TOKEN });
    secrets.add(key ?? "");

    const browser = service.browser();
    const wayBack = await consent(browser, { userId, setup: SETUP_TOKEN });
    const { searchParams } = new URL(wayBack, service.url);
    for (const name of ["state", "code"]) secrets.add(searchParams.get(name) ?? "");
    await browser.get(wayBack);
    await browser.get(wayBack);
    await browser.get("/connect").query({ setup: "a-wrong-setup-token" });
    const ask = (path: string, query: object) =>
      browser.get(path).query(query).set("Authorization", `Bearer ${key}`);

    for (const fault of [null, "broken_json", "wrong_shape", "reset"] as const) {
      for (const [path, query] of [
        ["/lookup-contact", { phone: cases.janeDoe.phone, name: "Jane Doe" }],
        ["/lookup-contact", { last_4: "0119", name: "Someone Unknown" }],
        ["/lookup-contact", { phone: "no number, Jane Doe" }],
        ["/route-call", { caller_id: cases.janeDoe.phone, name: "Jane Doe", matter: "lease renewal" }],
        [
          "/responsible-staff",
          { clio_contact_id: String(cases.severalMatters.contactId), matter: "lease renewal" },
        ],
        ["/nowhere/+14155550171/Jane", {}],
      ] as const) {
        if (fault) sandbox.fault({ path: "/api/v4", kind: fault, times: 3 });
        await ask(path, query);
        sandbox.clearFaults();
      }
    }
    const clicked = pathOf(
      sandbox.click({ userId, subjectPath: `/api/v4/matters/${cases.janeDoe.matterId}` }),
    );
    secrets.add(new URL(clicked, service.url).searchParams.get("custom_action_nonce") ?? "");
    for (const path of [clicked, clicked, clicked.replace(/nonce=[^&]+/, "nonce=another-nonce")])
      await browser.get(path);
    await browser.get("/clio-action?subject_url=/api/v4/matters/Jane");
    const signedIn = await connectUser(service, { userId });
    const csrf = /name="csrf" value="([^"]+)"/.exec(signedIn.page.text)?.[1] ?? "";
    secrets.add(csrf);
    for (const [path, fields] of [
      ["/setup/keys", { name: "Jane's new key" }],
      ["/setup/try", { number: cases.janeDoe.phone, name: "Someone Unknown", matter: "lease renewal" }],
      ["/setup/custom-actions", {}],
      ["/setup/answering", { user_id: String(userId) }],
      ["/setup/disconnect", {}],
    ] as const) {
      if (path === "/setup/disconnect")
        for (const page of ["/transfer-rules", "/transfer-rules.json", "/transfer-rules.csv"])
          await signedIn.browser.get(page);
      const { text } = await signedIn.browser
        .post(path)
        .type("form")
        .send({ csrf, ...fields });
      const made = /ccr_[0-9a-f]{12}_[\w-]{43}/.exec(text)?.[0];
      if (made) secrets.add(made);
    }
    await ask("/lookup-contact", { phone: "x" }).set("Authorization", `Bearer ${key}wrong`);
    for (const path of ["/healthz", "/readyz", "/metrics", "/assets/style.css"]) await browser.get(path);
    await service.close();

    const log = service.logLines.join("");
    const { users = [], contacts = [], matters = [], account } = sandbox.firms[0] ?? {};
    const people = [...users, ...contacts].flatMap(({ name, first_name, last_name }) => [
      name,
      first_name,
      last_name,
    ]);
    const numbers = contacts.flatMap(({ phone_numbers }) => phone_numbers.map(({ number }) => number));
    const forbidden = [
      ...secrets,
      ...people.filter((name): name is string => name !== null && name.length > 3),
      ...users.flatMap(({ email, phone_number }) => [email, phone_number ?? ""]),
      ...numbers,
      ...contacts.flatMap(({ email_addresses }) => email_addresses.map(({ address }) => address)),
      ...matters.flatMap(({ description, display_number }) => [description, display_number]),
      account?.name ?? "",
      "4155550171",
      "Someone Unknown",
      "lease renewal",
      "a-wrong-setup-token",
      "another-nonce",
      "Jane's new key",
    ].filter((text) => text !== "");
    expect(forbidden.length).toBeGreaterThan(300);
    for (const text of forbidden) expect(log, `the log contains ${JSON.stringify(text)}`).not.toContain(text);
    expect(service.logLines.length).toBeGreaterThan(30);
  });
});
