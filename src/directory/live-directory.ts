import type { AbsenceCache } from "../absences/absence-cache.ts";
import { absencesAt, isDuring } from "../calls/absence.ts";
import { toRelatedMatters } from "../calls/relationship.ts";
import type { ClioAccess } from "../clio/paging.ts";
import { searchContacts } from "../clio/resources/contacts.ts";
import { MAX_IDS_PER_REQUEST } from "../clio/resources/firm-records.ts";
import { listClientMatters, listMattersById } from "../clio/resources/matters.ts";
import { listRelationshipsOfContact } from "../clio/resources/relationships.ts";
import { findStaffMember } from "../clio/resources/users.ts";
import type { Store } from "../store/store.ts";
import type { OpenDirectory } from "./directory.ts";

interface LiveDirectoryParts {
  /** Returns Clio as a firm's lookup account sees it. */
  clioOf: (firmId: string) => ClioAccess;
  store: Pick<Store, "absences">;
  absenceCache: AbsenceCache;
  /** The setting `RELATED_CALLERS`. */
  relatedCallers: boolean;
  now: () => number;
}

/**
 * The directory that looks up every call in Clio and stores nothing of a client. It doesn't find numbers typed with unusual
 * spacing (docs/explanation/how-clio-behaves.md, "Searching contacts").
 */
export function createLiveDirectory({
  clioOf,
  store,
  absenceCache,
  relatedCallers,
  now,
}: LiveDirectoryParts): OpenDirectory {
  return (firmId, context) => {
    const moment = now();
    const clio = () => {
      context.source = "live";
      return clioOf(firmId);
    };
    return {
      contactsByNumber: ({ lastFour }) => searchContacts(clio(), lastFour, context),
      contactsByName: (name) => searchContacts(clio(), name, context),
      mattersOf: (contactId) => listClientMatters(clio(), contactId, context),
      async relatedMattersOf(contactId) {
        if (!relatedCallers) return [];
        const relationships = await listRelationshipsOfContact(clio(), contactId, context);
        const links = relationships.flatMap(({ matterId, ...rest }) =>
          matterId === null ? [] : [{ matterId, ...rest }],
        );
        // Someone with more of them is asked which matter it is in any case.
        const ids = [...new Set(links.map(({ matterId }) => matterId))].slice(0, MAX_IDS_PER_REQUEST);
        if (ids.length === 0) return [];
        return toRelatedMatters(links, await listMattersById(clio(), ids, context));
      },
      async absencesOf(userIds) {
        const { periods, timeZone } = await absenceCache.of(firmId, await store.absences.revision(firmId));
        const standInIds = userIds.flatMap((userId) =>
          (periods.get(userId) ?? []).flatMap((period) =>
            period.standInId !== null && isDuring(period, moment) ? [period.standInId] : [],
          ),
        );
        const standIns = await Promise.all(
          [...new Set(standInIds)].map((id) => findStaffMember(clio(), id, context)),
        );
        const findUser = (id: number) => standIns.find((user) => user?.id === id) ?? null;
        return absencesAt(moment, { periods, findUser, formatTime: timeZone.format });
      },
    };
  };
}
