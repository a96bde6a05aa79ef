import { parseCookie } from "cookie";
import type { Request, Response } from "express";

const COOKIE_NAME = "clio_sandbox_user";

/** The ID of the user signed in to the sandbox in this browser. Undefined without a valid cookie. */
export function readSignedInUserId(request: Request<object>): number | undefined {
  const id = parseCookie(request.headers.cookie ?? "")[COOKIE_NAME];
  return id !== undefined && /^\d{1,15}$/.test(id) ? Number(id) : undefined;
}

/** Signs a user in. The cookie is the plain ID, because in the sandbox anyone may sign in as any user. */
export function setSignedInUser(response: Response, userId: number): void {
  response.cookie(COOKIE_NAME, String(userId), { httpOnly: true, sameSite: "lax" });
}
