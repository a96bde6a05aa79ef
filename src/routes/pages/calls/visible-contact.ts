import type { Response } from "express";
import type { Services } from "../../../container.ts";
import { ForbiddenError } from "../../../errors.ts";
import { contextOf } from "../../../http/deadline.ts";
import { currentUser } from "../../../http/require-session.ts";
import type { ContactOption } from "../../../views/call-page.ts";
import { BACK_TO_CALLS } from "./load-call.ts";

/** A contact that the signed-in user sees in Clio. Throws as `ClioAccess.request` does, and `ForbiddenError`. */
export async function findVisibleContact(
  { findUserContact }: Services,
  response: Response,
  contactId: number,
): Promise<ContactOption> {
  const contact = await findUserContact(currentUser(response).connection, contactId, contextOf(response));
  if (contact) return contact;
  throw new ForbiddenError("Nothing was changed. Clio doesn't show you this contact.", {
    title: "You can't choose this contact",
    next: BACK_TO_CALLS,
  });
}
