import { NOBODY_AWAY } from "../calls/absence.ts";
import type { ClioAccess } from "../clio/paging.ts";
import { searchContacts } from "../clio/resources/contacts.ts";
import { listClientMatters } from "../clio/resources/matters.ts";
import type { OpenDirectory } from "./directory.ts";

/**
 * The directory that looks up every call in Clio and stores nothing. It doesn't find numbers typed with unusual spacing
 * (docs/explanation/how-clio-behaves.md, "Searching contacts").
 * @param clioOf returns Clio as a firm's lookup account sees it
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
      mattersOf: (contactId) => listClientMatters(clio(), contactId, context),
      relatedMattersOf: async () => [],
      absencesOf: async () => NOBODY_AWAY,
    };
  };
}
