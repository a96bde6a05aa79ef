import { parseCookie } from "cookie";
import type { Request, Response } from "express";

const COOKIE = "clio_sandbox_user";

/** The id of the user who is signed in to the sandbox in this browser, as the cookie has it. */
export function signedInId(request: Request<object>): number | undefined {
  const id = parseCookie(request.headers.cookie ?? "")[COOKIE];
  return id !== undefined && /^\d{1,15}$/.test(id) ? Number(id) : undefined;
}

/** Signs a user in. The cookie is the bare id: in the sandbox anybody may be anybody. */
export function signIn(response: Response, userId: number): void {
  response.cookie(COOKIE, String(userId), { httpOnly: true, sameSite: "lax" });
}
