import { afterEach, beforeEach, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { apiOf } from "./client.ts";

let sandbox: Sandbox;
let now: number;
const START = Date.UTC(2026, 5, 1, 12, 0, 20);

beforeEach(async () => {
  now = START;
  sandbox = await startSandbox({ now: () => now, requestsPerMinute: 3 });
});
afterEach(() => sandbox.close());

function limitOf({ headers }: { headers: Headers }): (string | null)[] {
  return ["limit", "remaining", "reset"].map((name) => headers.get(`x-ratelimit-${name}`));
}

test("requests over the limit get 429 until the minute ends", async () => {
  const get = apiOf(sandbox);
  const reset = String((START + 40_000) / 1000);
  expect(limitOf(await get("users"))).toEqual(["3", "2", reset]);
  expect(limitOf(await get("users?limit=0"))).toEqual(["3", "1", reset]);
  expect(limitOf(await get("nothing"))).toEqual(["3", "0", reset]);
  now += 1_500;
  const refused = await get("users");
  expect(refused).toMatchObject({ status: 429, body: { error: { type: "RateLimited" } } });
  expect(limitOf(refused)).toEqual(["3", "0", reset]);
  expect(refused.headers.get("retry-after")).toBe("39");
  now = START + 39_999;
  expect((await get("users")).headers.get("retry-after")).toBe("1");
  now = START + 40_000;
  expect(limitOf(await get("users"))).toEqual(["3", "2", String((START + 100_000) / 1000)]);
});

test("each access token has its own limit", async () => {
  const [one, other] = [apiOf(sandbox), apiOf(sandbox)];
  for (let i = 0; i < 4; i++) await one("users");
  expect((await one("users")).status).toBe(429);
  expect((await other("users")).status).toBe(200);
});

test("the limit can be changed and turned off while the sandbox runs", async () => {
  const get = apiOf(sandbox);
  sandbox.setRequestsPerMinute(1);
  expect((await get("users")).status).toBe(200);
  expect((await get("users")).status).toBe(429);
  sandbox.setRequestsPerMinute(Number.POSITIVE_INFINITY);
  const free = await get("users");
  expect(free.status).toBe(200);
  for (const value of limitOf(free)) expect(value).toMatch(/^\d+$/);
});

test("a response without a valid token has the headers too, and Date follows the sandbox's clock", async () => {
  const response = await fetch(`${sandbox.url}/api/v4/users`);
  expect(response.status).toBe(401);
  expect(limitOf(response)).toEqual(["3", "3", String((START + 40_000) / 1000)]);
  expect(response.headers.get("date")).toBe(new Date(START).toUTCString());
});
