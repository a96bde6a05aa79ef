import type { Request, Response } from "express";
import type { AuditEntry } from "../audit/record-audit.ts";
import { currentUser } from "./require-session.ts";

/** Who sends the request, and from where, for the firm's history. Comes after `requireSession`. */
export function auditContext(
  request: Request,
  response: Response,
): Pick<AuditEntry, "firmId" | "actor" | "origin"> {
  const { firm, connection } = currentUser(response);
  return { firmId: firm.id, actor: connection, origin: request.ip ?? null };
}
