import { parseCookie } from "cookie";
import type { CookieOptions, Request } from "express";

/** Ties an OAuth `state` to the browser in which the sign-in started. */
export const BROWSER_COOKIE = "connecting";

/**
 * The options of every cookie of this service: unreadable for scripts, not sent from other sites, and `Secure` if the
 * service is reached by https (docs/reference/endpoints.md, "Cookies").
 */
export function cookieOptions(publicUrl: string, lifetimeSeconds: number): CookieOptions {
  return {
    httpOnly: true,
    sameSite: "lax",
    secure: publicUrl.startsWith("https:"),
    path: "/",
    maxAge: lifetimeSeconds * 1000,
  };
}

/** The value of a cookie in the request, or null. */
export function readCookie(request: Request, name: string): string | null {
  return parseCookie(request.get("cookie") ?? "")[name] ?? null;
}
