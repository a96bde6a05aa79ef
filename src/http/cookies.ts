import { parseCookie } from "cookie";
import type { CookieOptions, Request } from "express";

/** The cookie that ties an OAuth `state` to the browser that began. */
export const BROWSER_COOKIE = "connecting";

/**
 * How every cookie of this service is set: out of reach of scripts and of other sites, and over https alone where the
 * service is reached by https (contract, "What a Clio user meets").
 * @param lifetime in seconds
 */
export function cookieOptions(publicUrl: string, lifetime: number): CookieOptions {
  return {
    httpOnly: true,
    sameSite: "lax",
    secure: publicUrl.startsWith("https:"),
    path: "/",
    maxAge: lifetime * 1000,
  };
}

/** The value of a cookie that came with the request, or null. */
export function cookieOf(request: Request, name: string): string | null {
  return parseCookie(request.get("cookie") ?? "")[name] ?? null;
}
