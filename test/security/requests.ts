import supertest from "supertest";
import { decide } from "../../testkit/service.ts";
import type { ThreeFirms } from "../tenant-isolation/three-firms.ts";

/** Cookies by their name without a prefix. */
export type CookieValues = Readonly<Record<string, string>>;

/** Sends requests as an attacker: with any cookies and headers, and from a new address each time. */
export async function requestsTo({ service }: Pick<ThreeFirms, "service">) {
  const start = await fetch(`${service.url}/connect`, { redirect: "manual" });
  const prefix = /(__Host-)?connecting=/.exec(start.headers.get("set-cookie") ?? "")?.[1] ?? "";
  let sent = 0;

  function send(
    method: "get" | "post" | "put" | "patch" | "delete",
    path: string,
    {
      cookies = {},
      headers = {},
    }: { cookies?: CookieValues; headers?: Readonly<Record<string, string>> } = {},
  ) {
    // Failed attempts are limited by address.
    sent += 1;
    const address = `198.18.${Math.floor(sent / 250)}.${sent % 250}`;
    const cookie = Object.entries(cookies).map(([name, value]) => `${prefix}${name}=${value}`);
    const request = supertest(service.url)[method](path).set("X-Forwarded-For", address).set(headers);
    return cookie.length === 0 ? request : request.set("Cookie", cookie.join("; "));
  }

  /** Opens `/connect`. Without a redirect to Clio, `clioUrl` is null. */
  async function openConnect(query: Readonly<Record<string, string>> = {}) {
    const response = await send("get", `/connect?${new URLSearchParams(query)}`);
    const clioUrl: string | null = response.status === 302 ? (response.headers.location ?? null) : null;
    const connecting = /connecting=([^;,]+)/.exec(String(response.headers["set-cookie"]))?.[1] ?? "";
    return { response, clioUrl, connecting };
  }

  return {
    send,
    openConnect,
    /** Opens `/connect`, and allows access in Clio. Returns the last response; that of `/connect` if it refuses. */
    async connectAs(userId: number, query: Readonly<Record<string, string>>) {
      const { response, clioUrl, connecting } = await openConnect(query);
      if (clioUrl === null) return response;
      return send("get", await decide(clioUrl, userId), { cookies: { connecting } });
    },
    /** How many requests were sent. */
    count: () => sent,
  };
}

export type Requests = Awaited<ReturnType<typeof requestsTo>>;
