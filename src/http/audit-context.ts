import type { Request, Response } from "express";
import type { AuditEntry } from "../audit/record-audit.ts";
import { currentUser } from "./require-session.ts";

/** Who sends a request, and from where. */
export type AuditContext = Pick<AuditEntry, "firmId" | "actor" | "origin">;

/** Who sends the request, and from where, for the firm's history. Comes after `requireSession`. */
export function auditContext(request: Request, response: Response): AuditContext {
  const { firm, connection } = currentUser(response);
  return { firmId: firm.id, actor: connection, origin: request.ip ?? null };
}
