import supertest from "supertest";
import { decide } from "./service.ts";

interface SignIn {
  readonly userId: number;
  readonly setup?: string;
}

/**
 * The `Cookie` header with the names that cookies have over https. A session from before `PUBLIC_URL` became an https URL can
 * be used with it: no test can sign in there over plain http with a browser that obeys `Secure`.
 */
export function withHostPrefix(cookies: string): string {
  return cookies.replaceAll(/(?<=^|; )(?=[^=;]+=)/g, "__Host-");
}

/**
 * A browser that keeps every cookie, `Secure` ones on plain http included, and lets a test read and replace them. Cookies
 * are sent in the order in which they were first set.
 */
export class Visitor {
  readonly #url: string;
  readonly cookies = new Map<string, string>();

  constructor({ url }: { url: string }) {
    this.#url = url;
  }

  /** The `Cookie` header of the next request. */
  get header(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  async get(path: string) {
    const response = await supertest(this.#url).get(path).set("Cookie", this.header);
    this.#keep(response.headers);
    return response;
  }

  async post(path: string, fields: Record<string, string> = {}) {
    const response = await supertest(this.#url)
      .post(path)
      .set("Cookie", this.header)
      .type("form")
      .send(fields);
    this.#keep(response.headers);
    return response;
  }

  /** Sends a form of the setup page, with its CSRF token. */
  async submit(path: string, fields: Record<string, string> = {}) {
    return this.post(path, { csrf: await this.csrf(), ...fields });
  }

  async csrf(): Promise<string> {
    return /name="csrf" value="([^"]+)"/.exec((await this.get("/setup")).text)?.[1] ?? "";
  }

  /** Goes from `/connect` through Clio's consent page. Returns the path of the callback, without opening it. */
  async consent({ userId, setup }: SignIn): Promise<string> {
    const query = setup === undefined ? "" : `?setup=${encodeURIComponent(setup)}`;
    const { headers, status, text } = await this.get(`/connect${query}`);
    if (status !== 302) throw new Error(`/connect returned ${status}: ${text}`);
    return decide(headers.location ?? "", userId);
  }

  /** Connects the user, and opens the page that follows. */
  async signIn(user: SignIn) {
    const { headers, status, text } = await this.get(await this.consent(user));
    if (status !== 302) throw new Error(`the callback returned ${status}: ${text}`);
    return this.get(headers.location ?? "");
  }

  #keep(headers: Record<string, unknown>): void {
    const set = headers["set-cookie"];
    for (const cookie of Array.isArray(set) ? set.map(String) : []) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (value === "") this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
  }
}
