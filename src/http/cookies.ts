import { parseCookie } from "cookie";
import type { CookieOptions, Request, Response } from "express";

/** The cookies of this service (docs/reference/endpoints.md, "Cookies"). */
export type CookieName = "connecting" | "session" | "clicks" | "known";

/**
 * Reads and writes cookies that scripts can't read and other sites' requests don't carry. Over https, their
 * names begin with `__Host-`: browsers accept such cookies from this host only, so a page on a sibling domain can't plant
 * one.
 */
export interface Cookies {
  /** The value in the request. Null if there is none or more than one, because one of several may have been planted. */
  read(request: Request, name: CookieName): string | null;
  /** Replaces a cookie set earlier in the same response. */
  set(response: Response, name: CookieName, value: string, lifetimeSeconds: number): void;
  /** Deletes it in the browser. */
  clear(response: Response, name: CookieName): void;
}

/** @param publicUrl with https, cookies are `Secure` and have the prefix */
export function createCookies(publicUrl: string): Cookies {
  const isSecure = publicUrl.startsWith("https:");
  const options: CookieOptions = { httpOnly: true, sameSite: "lax", secure: isSecure, path: "/" };
  const fullName = (name: CookieName) => (isSecure ? `__Host-${name}` : name);

  function set(response: Response, name: CookieName, value: string, lifetimeSeconds: number): void {
    const earlier = [response.getHeader("Set-Cookie") ?? []].flat().map(String);
    const others = earlier.filter((cookie) => !cookie.startsWith(`${fullName(name)}=`));
    response.removeHeader("Set-Cookie");
    if (others.length > 0) response.set("Set-Cookie", others);
    response.cookie(fullName(name), value, { ...options, maxAge: lifetimeSeconds * 1000 });
  }

  return {
    read(request, name) {
      const header = request.get("cookie") ?? "";
      const names = header.split(";").map((pair) => pair.split("=", 1)[0]?.trim());
      if (names.filter((candidate) => candidate === fullName(name)).length !== 1) return null;
      return parseCookie(header)[fullName(name)] ?? null;
    },
    set,
    clear: (response, name) => set(response, name, "", 0),
  };
}
