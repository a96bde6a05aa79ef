import type { Request } from "express";

/** The access token in `Authorization: Bearer TOKEN`; empty without one. */
export function bearerToken(request: Request): string {
  return /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1] ?? "";
}
