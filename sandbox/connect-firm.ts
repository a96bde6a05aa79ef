/** Who allows the app on the consent page, and where the way begins. */
export interface Walk {
  /** The service's own address on this machine. */
  serviceUrl: string;
  setupToken: string;
  /** Default: whoever the consent page has chosen first. */
  userId?: number;
}

/**
 * Walks as a browser would: from the service's `/connect` over the sandbox's consent page back to the service, and on to
 * the page that shows the firm's first key.
 * @returns that key
 * Throws where the last page shows none, with its status.
 */
export async function connectFirm({ serviceUrl, setupToken, userId }: Walk): Promise<string> {
  const cookies = new Map<string, string>();

  async function open(url: URL, body?: URLSearchParams): Promise<Response> {
    const cookie = [...cookies].map((pair) => pair.join("=")).join("; ");
    const answer = await fetch(url, {
      headers: { cookie },
      redirect: "manual",
      ...(body && { method: "POST", body }),
    });
    for (const [pair = ""] of answer.headers.getSetCookie().map((line) => line.split(";"))) {
      const [name = "", value = ""] = pair.split("=");
      cookies.set(name, value);
    }
    return answer;
  }
  const leadsTo = (answer: Response) => new URL(answer.headers.get("location") ?? "", serviceUrl);
  // The public address need not be the one on this machine.
  const onThisMachine = ({ pathname, search }: URL) => new URL(pathname + search, serviceUrl);

  const begin = new URL(`/connect?setup=${encodeURIComponent(setupToken)}`, serviceUrl);
  const consentPage = leadsTo(await open(begin));
  const page = await (await open(consentPage)).text();
  const chosen = userId ?? /name="user_id" value="(\d+)" checked/.exec(page)?.[1];
  const form = new URLSearchParams([
    ...consentPage.searchParams,
    ["user_id", String(chosen)],
    ["decision", "allow"],
  ]);
  const callback = onThisMachine(leadsTo(await open(new URL(consentPage.pathname, consentPage), form)));
  const setup = leadsTo(await open(callback));
  const last = await open(setup);
  const shown = /ccr_[0-9a-f]{12}_[\w-]{43}/.exec(await last.text());
  if (!shown) throw new Error(`the firm could not be connected: ${setup.pathname} answered ${last.status}`);
  return shown[0];
}
