import type { ClioAccess } from "../clio/paging.ts";
import { searchContacts } from "../clio/resources/contacts.ts";
import { mattersOfClient } from "../clio/resources/matters.ts";
import type { OpenDirectory } from "./directory.ts";

/**
 * The directory that asks Clio on every call and stores nothing. Clio's search is a text search: `2171` does not find a
 * number typed as `555-21 71` (docs/explanation/how-clio-behaves.md).
 * @param clioOf reads a firm's Clio through its lookup account
 */
export function createLiveDirectory(clioOf: (firmId: string) => ClioAccess): OpenDirectory {
  return (firmId, context) => {
    const clio = () => {
      context.source = "live";
      return clioOf(firmId);
    };
    return {
      contactsByNumber: ({ lastFour }) => searchContacts(clio(), lastFour, context),
      contactsByName: (name) => searchContacts(clio(), name, context),
      mattersOf: (contactId) => mattersOfClient(clio(), contactId, context),
    };
  };
}
