import type { Sandbox } from "../../sandbox/sandbox.ts";

/** A response, with its JSON parsed. */
export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: the shape of the body is what the tests check
  body: any;
}

/** Reads a response. Its body is the text if it is not JSON. */
export async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  const json = response.headers.get("content-type")?.includes("json");
  return { status: response.status, headers: response.headers, body: json && text ? JSON.parse(text) : text };
}

/** A function that sends requests to the sandbox's API with a new access token of this user. */
export function apiOf(sandbox: Sandbox, userId = 350) {
  return apiWith(sandbox.url, sandbox.issueToken(userId).access_token);
}

/** A function that sends requests to the API of a sandbox, possibly in another process, with this access token. */
export function apiWith(sandboxUrl: string, accessToken: string) {
  return async (
    pathOrUrl: string,
    method = "GET",
    data?: unknown,
    moreHeaders: Record<string, string> = {},
  ): Promise<Answer> => {
    const url = new URL(pathOrUrl, `${sandboxUrl}/api/v4/`);
    const headers = {
      Authorization: `Bearer ${accessToken}`,
      "Content-Type": "application/json",
      ...moreHeaders,
    };
    const body = data === undefined ? null : JSON.stringify({ data });
    return answerOf(await fetch(url, { method, headers, body }));
  };
}

export const REDIRECT_URI = "http://127.0.0.1:9/oauth/callback";

/** Submits the consent page. Returns the redirect or the page. */
export async function consent(
  sandbox: Pick<Sandbox, "url">,
  more: Record<string, string> = {},
): Promise<{ status: number; location: URL | null; page: string }> {
  const response = await fetch(`${sandbox.url}/oauth/authorize`, {
    method: "POST",
    redirect: "manual",
    body: new URLSearchParams({
      client_id: "sandbox-client",
      redirect_uri: REDIRECT_URI,
      response_type: "code",
      state: "s 1&2",
      user_id: "350",
      decision: "allow",
      ...more,
    }),
  });
  const location = response.headers.get("location");
  return {
    status: response.status,
    location: location ? new URL(location) : null,
    page: await response.text(),
  };
}

/** Posts a form to the token endpoint, with the client's credentials in the Basic header. */
export async function token(
  sandbox: Pick<Sandbox, "url">,
  form: Record<string, string>,
  basic = "sandbox-client:sandbox-secret",
): Promise<Answer> {
  const headers = { Authorization: `Basic ${Buffer.from(basic).toString("base64")}` };
  const body = new URLSearchParams(form);
  return answerOf(await fetch(`${sandbox.url}/oauth/token`, { method: "POST", headers, body }));
}
