/** The walk through OAuth without the service: for the yardstick of requests that are made to Clio directly. */

/** The sandbox's first user, who may do everything. */
const USER_ID = "350";

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
