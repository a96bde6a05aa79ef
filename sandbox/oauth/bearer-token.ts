import type { Request } from "express";

/** The access token of a request, `Authorization: Bearer TOKEN`; empty where there is none. */
export function bearerToken(request: Request): string {
  return /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1] ?? "";
}
