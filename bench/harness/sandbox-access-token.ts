/** The sandbox's first user, who has every permission. */
const USER_ID = "350";

/** Gets an access token by OAuth, for baselines that send requests to the sandbox without the service. */
export async function sandboxAccessToken(sandboxUrl: string): Promise<string> {
  const redirectUri = "http://127.0.0.1/";
  const query = new URLSearchParams({
    response_type: "code",
    client_id: "sandbox-client",
    redirect_uri: redirectUri,
  });
  const callback = new URL(await giveConsent(`${sandboxUrl}/oauth/authorize?${query}`));
  const response = await fetch(`${sandboxUrl}/oauth/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "authorization_code",
      code: callback.searchParams.get("code") ?? "",
      redirect_uri: redirectUri,
      client_id: "sandbox-client",
      client_secret: "sandbox-secret",
    }),
  });
  const { access_token } = (await response.json()) as { access_token?: string };
  if (!access_token) throw new Error(`the sandbox returned no token (status ${response.status})`);
  return access_token;
}

/** Allows access on the consent page. Returns the URL that the browser is redirected to. */
async function giveConsent(consentPage: string): Promise<string> {
  const url = new URL(consentPage);
  const body = new URLSearchParams([...url.searchParams, ["user_id", USER_ID], ["decision", "allow"]]);
  const response = await fetch(new URL(url.pathname, url), { method: "POST", body, redirect: "manual" });
  const location = response.headers.get("location");
  if (!location)
    throw new Error(`the consent page responded with ${response.status}: ${await response.text()}`);
  return location;
}
