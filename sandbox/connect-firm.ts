export interface ConnectOptions {
  /** The service's own address on this machine. */
  serviceUrl: string;
  setupToken: string;
  /** The user who allows access. Default: the one preselected on the consent page. */
  userId?: number;
}

/**
 * Connects a firm as a browser would: from the service's `/connect` to the sandbox's consent page, back to the service,
 * and on to the page that shows the firm's first API key.
 * @returns the API key
 * @throws when the last page shows no key
 */
export async function connectFirm({ serviceUrl, setupToken, userId }: ConnectOptions): Promise<string> {
  const cookies = new Map<string, string>();

  async function open(url: URL, body?: URLSearchParams): Promise<Response> {
    const cookie = [...cookies].map((pair) => pair.join("=")).join("; ");
    const response = await fetch(url, {
      headers: { cookie },
      redirect: "manual",
      ...(body && { method: "POST", body }),
    });
    for (const [pair = ""] of response.headers.getSetCookie().map((line) => line.split(";"))) {
      const [name = "", value = ""] = pair.split("=");
      cookies.set(name, value);
    }
    return response;
  }
  const redirectOf = (response: Response) => new URL(response.headers.get("location") ?? "", serviceUrl);
  // PUBLIC_URL need not be reachable from this machine.
  const onThisMachine = ({ pathname, search }: URL) => new URL(pathname + search, serviceUrl);

  const connectUrl = new URL(`/connect?setup=${encodeURIComponent(setupToken)}`, serviceUrl);
  const consentUrl = redirectOf(await open(connectUrl));
  const consentHtml = await (await open(consentUrl)).text();
  const chosenUser = userId ?? /name="user_id" value="(\d+)" checked/.exec(consentHtml)?.[1];
  const form = new URLSearchParams([
    ...consentUrl.searchParams,
    ["user_id", String(chosenUser)],
    ["decision", "allow"],
  ]);
  const callbackUrl = redirectOf(await open(new URL(consentUrl.pathname, consentUrl), form));
  const setupUrl = redirectOf(await open(onThisMachine(callbackUrl)));
  const setupPage = await open(setupUrl);
  const key = /ccr_[0-9a-f]{12}_[\w-]{43}/.exec(await setupPage.text());
  if (!key)
    throw new Error(
      `the firm could not be connected: ${setupUrl.pathname} responded with ${setupPage.status}`,
    );
  return key[0];
}
