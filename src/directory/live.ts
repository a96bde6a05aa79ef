import { searchContacts } from "../clio/contacts.ts";
import { mattersOfClient } from "../clio/matters.ts";
import type { FirmClio } from "../connections/firm-clio.ts";
import type { Directory } from "./directory.ts";

/**
 * The directory that asks Clio at every call and keeps nothing. Clio's search is over text: a number typed
 * `555-21 71` is not found by `2171` (clio-facts, Contacts).
 */
export function createLiveDirectory(firmClio: FirmClio): Directory {
  return {
    contactsByNumber: (firmId, { lastFour }, budget) => searchContacts(firmClio(firmId), lastFour, budget),
    contactsByName: (firmId, name, budget) => searchContacts(firmClio(firmId), name, budget),
    mattersOf: (firmId, contactId, budget) => mattersOfClient(firmClio(firmId), contactId, budget),
  };
}
