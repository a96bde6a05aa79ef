import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { answerOf, consent, REDIRECT_URI, token } from "./client.ts";

let sandbox: Sandbox;
let now: number;

beforeEach(async () => {
  now = Date.UTC(2026, 5, 1);
  sandbox = await startSandbox({ now: () => now, tokenLifetimeSeconds: 600 });
});
afterEach(() => sandbox.close());

async function code(more?: Record<string, string>): Promise<string> {
  const { location } = await consent(sandbox, more);
  return location?.searchParams.get("code") ?? "";
}

function redeem(text: string, more: Record<string, string> = {}) {
  return token(sandbox, {
    grant_type: "authorization_code",
    code: text,
    redirect_uri: REDIRECT_URI,
    ...more,
  });
}

async function whoAmI(accessToken: string) {
  return answerOf(
    await fetch(`${sandbox.url}/api/v4/users/who_am_i?fields=id,name,account{id,name}`, {
      headers: { Authorization: `Bearer ${accessToken}` },
    }),
  );
}

function authorizeUrl(more: Record<string, string>): string {
  const query = { client_id: "sandbox-client", redirect_uri: REDIRECT_URI, response_type: "code", ...more };
  return `${sandbox.url}/oauth/authorize?${new URLSearchParams(query)}`;
}

describe("authorize", () => {
  test("the consent page lists enabled users, preselects one and contains the request", async () => {
    const page = await (await fetch(authorizeUrl({ state: 'a"<b', as: "352" }))).text();
    expect(page).toContain('value="352" checked');
    expect(page.match(/ checked/g)).toHaveLength(1);
    expect(page).toContain("Hollis &#38; Vance LLP");
    expect(page).toContain('name="state" value="a&#34;&#60;b"');
    expect(page).not.toContain("Harold Pruitt");
  });

  test("allowing redirects with a code and the unchanged state", async () => {
    const { status, location } = await consent(sandbox);
    expect(status).toBe(302);
    expect(`${location?.origin}${location?.pathname}`).toBe(REDIRECT_URI);
    expect(location?.searchParams.get("state")).toBe("s 1&2");
    expect(location?.searchParams.get("code")).toMatch(/^[\w-]{20,}$/);
  });

  test.each<Record<string, string>>([
    { client_id: "stranger" },
    { redirect_uri: "https://evil.example/callback" },
    { redirect_uri: "not a url" },
    { response_type: "token" },
  ])("never redirects for %o", async (wrong) => {
    expect((await fetch(authorizeUrl(wrong))).status).toBe(400);
    expect(await consent(sandbox, wrong)).toMatchObject({ status: 400, location: null });
  });

  test("with registered redirect URIs, only exact matches are accepted", async () => {
    const strict = await startSandbox({ redirectUris: ["https://router.example/oauth/callback"] });
    const allowed = await consent(strict, { redirect_uri: "https://router.example/oauth/callback" });
    expect(allowed.status).toBe(302);
    expect((await consent(strict)).status).toBe(400);
    expect((await consent(strict, { redirect_uri: "https://router.example/oauth/callback?x" })).status).toBe(
      400,
    );
    await strict.close();
  });

  test("declining redirects with access_denied if requested, and shows a page otherwise", async () => {
    const sentBack = await consent(sandbox, { decision: "decline", redirect_on_decline: "true" });
    expect(sentBack.location?.searchParams.get("error")).toBe("access_denied");
    expect(sentBack.location?.searchParams.get("state")).toBe("s 1&2");
    expect(sentBack.location?.searchParams.has("code")).toBe(false);
    expect(await consent(sandbox, { decision: "decline" })).toMatchObject({ status: 200, location: null });
  });

  test.each(["", "999", "358"])("user %j can't allow access", async (user_id) => {
    expect(await consent(sandbox, { user_id })).toMatchObject({ status: 400, location: null });
  });
});

describe("token", () => {
  test("a code gets access and refresh tokens for the user who allowed access", async () => {
    const { status, body } = await redeem(await code({ user_id: "353" }));
    expect(status).toBe(200);
    expect(Object.keys(body).sort()).toEqual(["access_token", "expires_in", "refresh_token", "token_type"]);
    expect(body).toMatchObject({ token_type: "bearer", expires_in: 600 });
    expect((await whoAmI(body.access_token)).body.data).toEqual({
      id: 353,
      name: "Priya Raman",
      account: { id: 77001, name: "Hollis & Vance LLP" },
    });
  });

  test("a code works once", async () => {
    const text = await code();
    expect((await redeem(text)).status).toBe(200);
    expect(await redeem(text)).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
  });

  test("a code expires after 10 minutes", async () => {
    const [inTime, late] = [await code(), await code()];
    now += 10 * 60_000 - 1;
    expect((await redeem(inTime)).status).toBe(200);
    now += 1;
    expect(await redeem(late)).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
  });

  test("a code works only with its own redirect URI, and an unknown code not at all", async () => {
    const elsewhere = await redeem(await code(), { redirect_uri: `${REDIRECT_URI}/` });
    expect(elsewhere).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
    expect(await redeem("invented")).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
  });

  test("a code requested with a PKCE challenge needs its verifier", async () => {
    // The example of RFC 7636, appendix B.
    const challenge = {
      code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
      code_challenge_method: "S256",
    };
    const code_verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const refused = { status: 400, body: { error: "invalid_grant" } };
    expect(await redeem(await code(challenge))).toMatchObject(refused);
    expect(await redeem(await code(challenge), { code_verifier: `${code_verifier}x` })).toMatchObject(
      refused,
    );
    expect((await redeem(await code(challenge), { code_verifier })).status).toBe(200);
    const plain = { ...challenge, code_challenge_method: "plain" };
    expect((await fetch(authorizeUrl(plain))).status).toBe(400);
  });

  test("the client secret is accepted in the header and in the form", async () => {
    const form = {
      grant_type: "authorization_code",
      code: await code(),
      redirect_uri: REDIRECT_URI,
      client_id: "sandbox-client",
      client_secret: "sandbox-secret",
    };
    const response = await fetch(`${sandbox.url}/oauth/token`, {
      method: "POST",
      body: new URLSearchParams(form),
    });
    expect(response.status).toBe(200);
    const wrong = { status: 401, body: { error: "invalid_client" } };
    expect(await token(sandbox, form, "sandbox-client:wrong")).toMatchObject(wrong);
    expect(await token(sandbox, form, "stranger:sandbox-secret")).toMatchObject(wrong);
    const bare = await fetch(`${sandbox.url}/oauth/token`, { method: "POST" });
    expect(await answerOf(bare)).toMatchObject(wrong);
  });

  test("an encoded client ID and secret in the header are decoded", async () => {
    const odd = await startSandbox({ clientId: "a b", clientSecret: "1:2+3%" });
    const refused = await token(odd, { grant_type: "refresh_token" }, "a+b:1%3A2%2B3%25");
    expect(refused.body).toEqual({ error: "invalid_grant" });
    await odd.close();
  });

  test("other grant types are rejected", async () => {
    expect(await token(sandbox, { grant_type: "password" })).toMatchObject({
      status: 400,
      body: { error: "unsupported_grant_type" },
    });
  });

  test("a refresh returns no refresh token, and the old one keeps working", async () => {
    const first = sandbox.issueToken(350);
    const form = { grant_type: "refresh_token", refresh_token: first.refresh_token };
    sandbox.setTokenLifetime(60);
    const second = await token(sandbox, form);
    expect(Object.keys(second.body).sort()).toEqual(["access_token", "expires_in", "token_type"]);
    expect(second.body.expires_in).toBe(60);
    expect((await token(sandbox, form)).status).toBe(200);
    expect((await whoAmI(first.access_token)).status).toBe(200);
    expect((await whoAmI(second.body.access_token)).status).toBe(200);
  });

  test("an access token expires; its refresh token doesn't", async () => {
    const { access_token, refresh_token } = sandbox.issueToken(350);
    now += 600_000 - 1;
    expect((await whoAmI(access_token)).status).toBe(200);
    now += 1;
    expect(await whoAmI(access_token)).toMatchObject({
      status: 401,
      body: { error: { type: "Unauthorized" } },
    });
    const refreshed = await token(sandbox, { grant_type: "refresh_token", refresh_token });
    expect((await whoAmI(refreshed.body.access_token)).status).toBe(200);
  });
});

describe("revoking", () => {
  test("expireTokens expires access tokens but not refresh tokens", async () => {
    const { access_token, refresh_token } = sandbox.issueToken(350);
    sandbox.expireTokens();
    expect((await whoAmI(access_token)).status).toBe(401);
    expect((await token(sandbox, { grant_type: "refresh_token", refresh_token })).status).toBe(200);
  });

  test("revoke ends all tokens of one user and of no other", async () => {
    const mine = [sandbox.issueToken(350), sandbox.issueToken(350)];
    const other = sandbox.issueToken(351);
    sandbox.revoke(350);
    for (const { access_token, refresh_token } of mine) {
      expect((await whoAmI(access_token)).status).toBe(401);
      expect(await token(sandbox, { grant_type: "refresh_token", refresh_token })).toMatchObject({
        status: 400,
        body: { error: "invalid_grant" },
      });
    }
    expect((await whoAmI(other.access_token)).status).toBe(200);
    expect(
      (await token(sandbox, { grant_type: "refresh_token", refresh_token: other.refresh_token })).status,
    ).toBe(200);
  });

  test("deauthorize revokes the grant of its access token", async () => {
    const [gone, kept] = [sandbox.issueToken(350), sandbox.issueToken(350)];
    const deauthorize = () =>
      fetch(`${sandbox.url}/oauth/deauthorize`, {
        method: "POST",
        headers: { Authorization: `Bearer ${gone.access_token}` },
      });
    expect((await deauthorize()).status).toBe(200);
    expect((await deauthorize()).status).toBe(401);
    expect((await whoAmI(gone.access_token)).status).toBe(401);
    expect((await whoAmI(kept.access_token)).status).toBe(200);
    const refresh = await token(sandbox, { grant_type: "refresh_token", refresh_token: gone.refresh_token });
    expect(refresh.status).toBe(400);
  });
});
