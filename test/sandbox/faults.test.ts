import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { exampleCases } from "../../sandbox/firms/example-firm.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { type Answer, apiOf, token } from "./client.ts";

let sandbox: Sandbox;
let get: (path: string) => Promise<Answer>;

beforeEach(async () => {
  sandbox = await startSandbox();
  get = apiOf(sandbox);
});
afterEach(() => sandbox.close());

/** Sends a request and waits until the sandbox has received it. The outcome is a status or an error code. */
async function startRequest(
  path: string,
): Promise<{ outcome: Promise<unknown>; recorded: { status: number | null } }> {
  const before = sandbox.requests.length;
  const outcome = get(path).then(
    ({ status }) => status,
    (error) => error.cause?.code ?? error.name,
  );
  await vi.waitFor(() => expect(sandbox.requests).toHaveLength(before + 1), { timeout: 30_000 });
  return { outcome, recorded: sandbox.requests[before]! };
}

function control(method: string, fault?: unknown): Promise<Response> {
  const headers = { "Content-Type": "application/json" };
  return fetch(`${sandbox.url}/sandbox/faults`, { method, headers, body: JSON.stringify(fault) });
}

describe("a fault", () => {
  test("status: the status with Clio's error envelope or a given body, and Retry-After", async () => {
    sandbox.fault({ kind: "status", status: 429, retryAfter: 7 });
    sandbox.fault({ kind: "status", status: 503 });
    const limited = await get("users");
    expect(limited).toMatchObject({ status: 429, body: { error: { type: "RateLimited" } } });
    expect(limited.headers.get("retry-after")).toBe("7");
    expect(await get("users")).toMatchObject({
      status: 503,
      body: { error: { type: "InternalServerError" } },
    });
    expect((await get("users")).status).toBe(200);
    sandbox.fault({ kind: "status", status: 400, body: { error: "invalid_grant" } });
    expect((await get("users")).body).toEqual({ error: "invalid_grant" });
  });

  test("latency: the response is delayed, and others are not", async () => {
    sandbox.fault({ kind: "latency", ms: 1 });
    expect((await get("users")).status).toBe(200);
    sandbox.fault({ kind: "latency", ms: 3_600_000 });
    const { recorded } = await startRequest("users");
    expect((await get("users")).status).toBe(200);
    expect(recorded.status).toBeNull();
  });

  test("latency lets the next fault apply too", async () => {
    sandbox.fault({ kind: "latency", ms: 1 });
    sandbox.fault({ kind: "status", status: 502 });
    expect((await get("users")).status).toBe(502);
    expect((await get("users")).status).toBe(200);
  });

  test("hang: no response until the sandbox closes", async () => {
    sandbox.fault({ kind: "hang" });
    const { outcome, recorded } = await startRequest("users");
    expect((await get("users")).status).toBe(200);
    expect(recorded.status).toBeNull();
    await sandbox.close();
    expect(await outcome).toBe("UND_ERR_SOCKET");
  });

  test("lose_response: the request is handled, and its response never arrives", async () => {
    const { contactId } = exampleCases.janeDoe;
    const add = () =>
      apiOf(sandbox)(`contacts/${contactId}`, "PATCH", { phone_numbers: [{ number: "+14155550138" }] });
    sandbox.fault({ kind: "lose_response", method: "PATCH" });
    await expect(add()).rejects.toThrow();
    const { data } = (await get(`contacts/${contactId}?fields=phone_numbers{number}`)).body;
    expect(data.phone_numbers).toHaveLength(2);
    expect((await add()).status).toBe(200);
  });

  test("with a probability: applies to some of the requests, the same ones each time", async () => {
    const statuses = async () => {
      const other = await startSandbox({ requestsPerMinute: Number.POSITIVE_INFINITY });
      other.fault({ kind: "status", status: 503, probability: 0.2, times: Number.POSITIVE_INFINITY });
      const read = apiOf(other);
      const all: number[] = [];
      for (let i = 0; i < 100; i += 1) all.push((await read("users?limit=1")).status);
      await other.close();
      return all;
    };
    const first = await statuses();
    expect(first.filter((status) => status === 503).length).toBeGreaterThan(10);
    expect(first.filter((status) => status === 503).length).toBeLessThan(30);
    expect(await statuses()).toEqual(first);
  });

  test("hang_body: headers and part of the body", async () => {
    sandbox.fault({ kind: "hang_body" });
    const response = await fetch(`${sandbox.url}/api/v4/users`);
    expect(response.status).toBe(200);
    const reader = response.body!.getReader();
    const first = await reader.read();
    expect(new TextDecoder().decode(first.value)).toMatch(/^\{"data":/);
    const rest = reader.read().catch(() => "cut");
    await sandbox.close();
    expect(await rest).toBe("cut");
  });

  test("reset: the connection is reset", async () => {
    sandbox.fault({ kind: "reset" });
    expect(await (await startRequest("users")).outcome).toBe("ECONNRESET");
    expect((await get("users")).status).toBe(200);
  });

  test("broken_json: 200 with truncated JSON", async () => {
    sandbox.fault({ kind: "broken_json" });
    await expect(get("users")).rejects.toThrow(SyntaxError);
  });

  test("wrong_shape: 200 with JSON of another shape", async () => {
    sandbox.fault({ kind: "wrong_shape" });
    sandbox.fault({ kind: "wrong_shape", body: { data: "none" } });
    expect(await get("users")).toMatchObject({ status: 200, body: { items: [{ key: "value" }] } });
    expect((await get("users")).body).toEqual({ data: "none" });
  });

  test("applies to its path, method and number of requests", async () => {
    sandbox.fault({ kind: "status", status: 500, path: "/api/v4/contacts", times: 2 });
    sandbox.fault({ kind: "status", status: 502, path: /client_id=5/ });
    sandbox.fault({ kind: "status", status: 503, method: "post" });
    const statuses = [];
    for (const path of [
      "users",
      "contacts.json?limit=1",
      "contacts/1",
      "contacts",
      "matters",
      "matters?client_id=5",
    ]) {
      statuses.push((await get(path)).status);
    }
    expect(statuses).toEqual([200, 500, 500, 200, 200, 502]);
    expect((await token(sandbox, {})).status).toBe(503);
    expect((await token(sandbox, {})).status).toBe(400);
  });

  test("with times: Infinity applies until cleared", async () => {
    sandbox.fault({ kind: "status", status: 500, times: Number.POSITIVE_INFINITY });
    for (let i = 0; i < 5; i++) expect((await get("users")).status).toBe(500);
    sandbox.clearFaults();
    expect((await get("users")).status).toBe(200);
  });
});

describe("over HTTP", () => {
  test("a fault can be added and cleared; the control API is exempt from faults and not logged", async () => {
    expect((await control("POST", { kind: "status", status: 500, times: null })).status).toBe(204);
    for (let i = 0; i < 3; i++) expect((await get("users")).status).toBe(500);
    expect((await control("DELETE")).status).toBe(204);
    expect((await get("users")).status).toBe(200);
    expect((await control("POST", { kind: "status", status: 500, path: "/api/v4/users" })).status).toBe(204);
    expect((await get("contacts")).status).toBe(200);
    expect((await get("users")).status).toBe(500);
    expect((await get("users")).status).toBe(200);
    expect(sandbox.requests.filter(({ path }) => path.startsWith("/sandbox"))).toEqual([]);
  });

  test.each([{}, { kind: "earthquake" }, { kind: "latency" }, { kind: "status" }, { kind: "hang", path: 5 }])(
    "%o gets 400",
    async (fault) => {
      expect((await control("POST", fault)).status).toBe(400);
      expect((await get("users")).status).toBe(200);
    },
  );
});
