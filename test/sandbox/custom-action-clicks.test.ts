import { afterEach, beforeEach, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { type Answer, answerOf, apiOf } from "./client.ts";

let sandbox: Sandbox;
let now: number;
let api: ReturnType<typeof apiOf>;

const SUBJECT = "/api/v4/matters/1834567";
const REFUSED = { status: 403, body: { error: { type: "Forbidden" } } };

beforeEach(async () => {
  now = Date.UTC(2026, 5, 1);
  sandbox = await startSandbox({ now: () => now, requestsPerMinute: 50 });
  for (const userId of [350, 351]) addAction(userId, "matters/show");
  api = apiOf(sandbox);
});
afterEach(() => sandbox.close());

function addAction(
  userId: number,
  ui_reference: string,
  target_url = "https://router.example/clio-action?a=1",
) {
  return sandbox.customActions.create(userId, { label: "Find responsible staff", target_url, ui_reference });
}

function nonce(userId = 350): string {
  const url = new URL(sandbox.click({ userId, subjectPath: SUBJECT }));
  return url.searchParams.get("custom_action_nonce") ?? "";
}

function send(text: string, path = "matters/1834567", as = api): Promise<Answer> {
  return as(`${path}${path.includes("?") ? "&" : "?"}custom_action_nonce=${text}`);
}

test("a click opens the custom action's URL with Clio's four parameters, encoded", () => {
  const [action] = sandbox.customActions.of(350);
  const url = sandbox.click({ userId: 350, subjectPath: SUBJECT });
  expect(url).toMatch(
    new RegExp(
      `^https://router\\.example/clio-action\\?a=1&custom_action_id=${action!.id}&user_id=350` +
        `&subject_url=%2Fapi%2Fv4%2Fmatters%2F1834567&custom_action_nonce=[\\w-]{20,}$`,
    ),
  );
  expect(sandbox.click({ userId: 350, subjectPath: SUBJECT })).not.toBe(url);
});

test("a test can click any of the user's custom actions with any subject, but no other user's", () => {
  const contacts = addAction(350, "contacts/show");
  const foreign = sandbox.customActions.of(351)[0]!;
  const hostile = "//evil.example/?a=b&user_id=1#\r\n";
  const url = new URL(sandbox.click({ userId: 350, subjectPath: hostile, customActionId: contacts.id }));
  expect(url.searchParams.get("subject_url")).toBe(hostile);
  expect(url.searchParams.get("custom_action_id")).toBe(String(contacts.id));
  for (const wrong of [
    { subjectPath: SUBJECT, customActionId: foreign.id },
    { subjectPath: "/api/v4/folders/1" },
    { subjectPath: "nothing" },
  ]) {
    expect(() => sandbox.click({ userId: 350, ...wrong })).toThrow("user 350 has no custom action");
  }
});

test("a nonce works once, on any API request", async () => {
  for (const path of ["matters/1834567.json?fields=id", "users/who_am_i", "custom_actions"]) {
    const text = nonce();
    expect((await send(text, path)).status).toBe(200);
    expect(await send(text, path)).toMatchObject(REFUSED);
  }
  expect((await send(nonce(), "matters/1")).status).toBe(404);
});

test("a nonce expires after 60 seconds", async () => {
  const [inTime, late] = [nonce(), nonce()];
  now += 59_999;
  expect((await send(inTime)).status).toBe(200);
  now += 1;
  expect(await send(late)).toMatchObject(REFUSED);
});

test("a nonce is valid only for the user who clicked, and another user's attempt uses it up", async () => {
  const text = nonce(351);
  expect(await send(text)).toMatchObject(REFUSED);
  expect(await send(text, undefined, apiOf(sandbox, 351))).toMatchObject(REFUSED);
  expect((await send(nonce(351), undefined, apiOf(sandbox, 351))).status).toBe(200);
});

test.each(["invented", "", "%00", "x&custom_action_nonce=y"])("%j is not a valid nonce", async (text) => {
  expect(await send(text)).toMatchObject(REFUSED);
});

test("two nonces in one request are rejected", async () => {
  expect(await send(`${nonce()}&custom_action_nonce=${nonce()}`)).toMatchObject(REFUSED);
});

test("a 401 doesn't use the nonce up", async () => {
  const text = nonce();
  const url = `${sandbox.url}${SUBJECT}?custom_action_nonce=${text}`;
  expect((await fetch(url)).status).toBe(401);
  const stale = apiOf(sandbox);
  sandbox.expireTokens();
  expect((await send(text, undefined, stale)).status).toBe(401);
  expect((await send(text, undefined, apiOf(sandbox))).status).toBe(200);
});

test("a 429 doesn't use the nonce up", async () => {
  const text = nonce();
  sandbox.setRequestsPerMinute(1);
  await api("users");
  expect((await send(text)).status).toBe(429);
  expect((await send(text, undefined, apiOf(sandbox))).status).toBe(200);
});

test("a 403 for a missing permission uses the nonce up, and so does a 400", async () => {
  const { permissions } = sandbox.firms[0]!.users.find(({ id }) => id === 350)!;
  permissions.delete("matters");
  const text = nonce();
  expect(await send(text)).toMatchObject({
    ...REFUSED,
    body: { error: { message: expect.stringContaining("matters") } },
  });
  permissions.add("matters");
  expect(await send(text)).toMatchObject(REFUSED);
  const other = nonce();
  expect((await send(other, "matters/1834567?fields=shoe_size")).status).toBe(400);
  expect(await send(other)).toMatchObject(REFUSED);
});

test("a request with an invalid nonce changes nothing", async () => {
  const { access_token } = sandbox.issueToken(350);
  const answer = await answerOf(
    await fetch(`${sandbox.url}/api/v4/custom_actions?custom_action_nonce=no`, {
      method: "POST",
      headers: { Authorization: `Bearer ${access_token}` },
      body: JSON.stringify({
        data: { label: "X", target_url: "https://x.example/", ui_reference: "folders/show" },
      }),
    }),
  );
  expect(answer).toMatchObject(REFUSED);
  expect(sandbox.customActions.of(350)).toHaveLength(1);
});
