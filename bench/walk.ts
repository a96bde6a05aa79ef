/**
 * The walk through OAuth that a person takes in a browser, for the service's sake and, for the yardstick of requests
 * made to Clio directly, without it.
 */

/** The sandbox's first user, who may do everything. */
const USER_ID = "350";

/** Opens the service's setup link, allows the app on the consent page, and reads the key on the last page. */
export async function connectFirm(serviceUrl: string, setupToken: string): Promise<string> {
  const start = await fetch(`${serviceUrl}/connect?setup=${setupToken}`, { redirect: "manual" });
  const cookie = start.headers
    .getSetCookie()
    .map((line) => line.split(";")[0])
    .join("; ");
  const wayBack = await allow(start.headers.get("location") ?? "");
  const page = await fetch(wayBack, { headers: { cookie } });
  const shown = /ccr_[0-9a-f]{12}_[\w-]{43}/.exec(await page.text());
  if (!shown) throw new Error(`the firm could not be connected (status ${page.status})`);
  return shown[0];
}

/** An access token of the same user, for whoever asks the sandbox directly. */
export async function accessToken(sandboxUrl: string): Promise<string> {
  const redirectUri = "http://127.0.0.1/";
  const asked = new URLSearchParams({
    response_type: "code",
    client_id: "sandbox-client",
    redirect_uri: redirectUri,
  });
  const wayBack = new URL(await allow(`${sandboxUrl}/oauth/authorize?${asked}`));
  const answer = await fetch(`${sandboxUrl}/oauth/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "authorization_code",
      code: wayBack.searchParams.get("code") ?? "",
      redirect_uri: redirectUri,
      client_id: "sandbox-client",
      client_secret: "sandbox-secret",
    }),
  });
  const { access_token } = (await answer.json()) as { access_token?: string };
  if (!access_token) throw new Error(`the sandbox gave no token (status ${answer.status})`);
  return access_token;
}

/** Says yes on the consent page; returns where the browser is sent then. */
async function allow(consentPage: string): Promise<string> {
  const url = new URL(consentPage);
  const body = new URLSearchParams([...url.searchParams, ["user_id", USER_ID], ["decision", "allow"]]);
  const answer = await fetch(new URL(url.pathname, url), { method: "POST", body, redirect: "manual" });
  const wayBack = answer.headers.get("location");
  if (!wayBack) throw new Error(`the consent page answered ${answer.status}: ${await answer.text()}`);
  return wayBack;
}
