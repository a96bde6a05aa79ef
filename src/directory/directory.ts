import type { Absences } from "../calls/absence.ts";
import type { Contact } from "../calls/contact.ts";
import type { Matter, RelatedMatter } from "../calls/matter.ts";
import type { RequestContext } from "../runtime/request-context.ts";

/** The known part of a caller's number. */
export interface CallerDigits {
  /** Exactly four ASCII digits. */
  readonly lastFour: string;
  /** The whole number, if it is known: `+14155550171`. */
  readonly e164?: string;
}

/**
 * One firm's contacts and matters, for one request. The rules in `calls/` work on what it returns, and don't know where it
 * was read from. Every method throws as `ClioAccess.request` does.
 */
export interface Directory {
  /** Finds every contact that may have the number, and possibly others, so compare their numbers. */
  contactsByNumber(digits: CallerDigits): Promise<Contact[]>;
  /** Finds every contact that may have the name, and possibly others, so compare their names. */
  contactsByName(name: string): Promise<Contact[]>;
  /** Finds all matters of a contact, whatever their status; none if Clio doesn't have the contact. */
  mattersOf(contactId: number): Promise<Matter[]>;
  /** Finds the matters that a contact is related to in Clio, whatever their status; none with `RELATED_CALLERS=false`. */
  relatedMattersOf(contactId: number): Promise<RelatedMatter[]>;
  /** Finds who of these users is away, always at the moment of the request. */
  absencesOf(userIds: readonly number[]): Promise<Absences>;
}

/** Opens a firm's directory for one request. */
export type OpenDirectory = (firmId: string, context: RequestContext) => Directory;
