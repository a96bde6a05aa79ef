import { z } from "zod";
import type { ParticipantReference } from "../firms/firm-communications.ts";
import type { Viewer } from "../firms/viewer.ts";
import { recordNotFound } from "./clio-error.ts";
import { Id, oneOf } from "./read-body.ts";

/** A user or contact in a request's body, `{"id":350,"type":"User"}`. */
export const Participant = z.strictObject({ id: Id, type: oneOf(["User", "Contact"]) });

/** Throws a 404 for a user or contact that doesn't exist, or that this user may not see. */
export function checkParticipant(viewer: Viewer, { id, type }: ParticipantReference): void {
  const found = type === "User" ? viewer.records.users.get(id) : viewer.contact(id);
  if (!found) throw recordNotFound();
}

/** Throws a 404 for a matter that doesn't exist. */
export function checkMatter(viewer: Viewer, id: number | null): void {
  if (id !== null && !viewer.records.matters.get(id)) throw recordNotFound();
}
