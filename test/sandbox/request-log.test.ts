import { afterEach, beforeEach, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { apiOf, token } from "./client.ts";

let sandbox: Sandbox;

beforeEach(async () => {
  sandbox = await startSandbox({ now: () => 1_780_000_000_000, requestsPerMinute: Number.POSITIVE_INFINITY });
});
afterEach(() => sandbox.close());

test("every request is recorded with its user and status, and without tokens", async () => {
  const { access_token, refresh_token } = sandbox.issueToken(353);
  await fetch(`${sandbox.url}/api/v4/contacts.json?query=0171`, {
    headers: { Authorization: `Bearer ${access_token}` },
  });
  await fetch(`${sandbox.url}/api/v4/users`);
  await token(sandbox, { grant_type: "refresh_token", refresh_token });
  const at = 1_780_000_000_000;
  expect(sandbox.requests).toEqual([
    {
      method: "GET",
      path: "/api/v4/contacts.json?query=0171",
      at,
      status: 200,
      authorized: true,
      userId: 353,
    },
    { method: "GET", path: "/api/v4/users", at, status: 401, authorized: false, userId: null },
    { method: "POST", path: "/oauth/token", at, status: 200, authorized: true, userId: null },
  ]);
  const text = JSON.stringify(sandbox.requests);
  expect(text).not.toContain(access_token);
  expect(text).not.toContain(refresh_token);
});

test("requests are counted by path without IDs and .json, until the counts are cleared", async () => {
  const get = apiOf(sandbox);
  for (const path of [
    "contacts",
    "contacts.json?limit=1",
    "contacts/5",
    "contacts/6.json",
    "users/who_am_i",
  ]) {
    await get(path);
  }
  expect(Object.fromEntries(sandbox.counts)).toEqual({
    "/api/v4/contacts": 2,
    "/api/v4/contacts/:id": 2,
    "/api/v4/users/who_am_i": 1,
  });
  sandbox.counts.clear();
  await get("users");
  expect(Object.fromEntries(sandbox.counts)).toEqual({ "/api/v4/users": 1 });
});
