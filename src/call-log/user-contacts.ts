import { GrantRevokedError } from "../clio/oauth.ts";
import { listContactsById } from "../clio/resources/contacts.ts";
import type { UserClio } from "../connections/user-clio.ts";
import { ClioNotConnectedError } from "../errors.ts";
import type { RequestContext } from "../runtime/request-context.ts";
import type { Connection } from "../store/repositories/connections.ts";

/** Reads a contact as a user sees it; null if Clio hides it or doesn't have it. Throws as `ClioAccess.request` does. */
export type FindUserContact = (
  connection: Connection,
  contactId: number,
  context: RequestContext,
) => Promise<{ readonly id: number; readonly name: string | null } | null>;

export function createUserContacts(userClio: UserClio): FindUserContact {
  return async (connection, contactId, context) => {
    try {
      const [contact] = await listContactsById(userClio(connection), [contactId], context);
      return contact?.id === contactId ? { id: contact.id, name: contact.name } : null;
    } catch (error) {
      if (!(error instanceof GrantRevokedError)) throw error;
      throw new ClioNotConnectedError("Your access was removed in Clio. Sign in again.", { cause: error });
    }
  };
}
