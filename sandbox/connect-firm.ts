export interface ConnectOptions {
  /** The service's own address on this machine. */
  serviceUrl: string;
  setupToken: string;
  /** The user who allows access. Default: the one preselected on the consent page. */
  userId?: number;
}

/** A browser in which a user has signed in. It keeps cookies and follows no redirects. */
export interface SignedInBrowser {
  /** The page that the sign-in led to. */
  readonly page: Response;
  /** Opens a path of the service. */
  open(path: string): Promise<Response>;
}

/**
 * Connects a firm as a browser would: from the service's `/connect` to the sandbox's consent page, back to the service,
 * and on to the page that shows the firm's first API key.
 * @returns the API key
 * @throws when the last page shows no key
 */
export async function connectFirm(options: ConnectOptions): Promise<string> {
  const { page } = await signIn(options);
  const key = /ccr_[0-9a-f]{12}_[\w-]{43}/.exec(await page.text());
  if (!key) throw new Error(`the firm could not be connected: the last page responded with ${page.status}`);
  return key[0];
}

/** Signs a user in through the sandbox's consent page. Without a setup token, the user's firm must be admitted already. */
export async function signIn({
  serviceUrl,
  setupToken,
  userId,
}: Omit<ConnectOptions, "setupToken"> & { setupToken?: string }): Promise<SignedInBrowser> {
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

  const connectUrl = new URL("/connect", serviceUrl);
  if (setupToken !== undefined) connectUrl.searchParams.set("setup", setupToken);
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
  const page = await open(setupUrl);
  return { page, open: (path) => open(new URL(path, serviceUrl)) };
}
