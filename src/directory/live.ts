import type { Budget } from "../budget.ts";
import { searchContacts } from "../clio/contacts.ts";
import { mattersOfClient } from "../clio/matters.ts";
import type { ClioAccess } from "../clio/pages.ts";
import type { FirmClio } from "../connections/firm-clio.ts";
import type { Directory } from "./directory.ts";

/**
 * The directory that asks Clio at every call and keeps nothing. Clio's search is over text: a number typed
 * `555-21 71` is not found by `2171` (clio-facts, Contacts).
 */
export function createLiveDirectory(firmClio: FirmClio): Directory {
  function clioOf(firmId: string, budget: Budget): ClioAccess {
    budget.source = "live";
    return firmClio(firmId);
  }

  return {
    contactsByNumber: (firmId, { lastFour }, budget) =>
      searchContacts(clioOf(firmId, budget), lastFour, budget),
    contactsByName: (firmId, name, budget) => searchContacts(clioOf(firmId, budget), name, budget),
    mattersOf: (firmId, contactId, budget) => mattersOfClient(clioOf(firmId, budget), contactId, budget),
  };
}
