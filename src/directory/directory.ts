import type { Contact } from "../calls/contact.ts";
import type { Matter } from "../calls/matter.ts";
import type { RequestContext } from "../runtime/request-context.ts";

/** The digits of a caller's number, as far as they are known. */
export interface CallerDigits {
  /** Exactly four ASCII digits. */
  readonly lastFour: string;
  /** The whole number, when it is known: `+14155552171`. */
  readonly e164?: string;
}

/**
 * One firm's contacts and matters, for one request. The rules in `calls/` decide on what is found; nothing there knows
 * where it was read from. Every method throws the errors of `ClioAccess.request`.
 */
export interface Directory {
  /** Every contact that may have the number, and possibly others: compare their own numbers. */
  contactsByNumber(digits: CallerDigits): Promise<Contact[]>;
  /** Every contact that may have the name, and possibly others: compare their names. */
  contactsByName(name: string): Promise<Contact[]>;
  /** All matters of one contact, whatever their status; none for a contact that Clio does not have. */
  mattersOf(contactId: number): Promise<Matter[]>;
}

/** Opens a firm's directory for one request. */
export type OpenDirectory = (firmId: string, context: RequestContext) => Directory;
