import type { Budget } from "../budget.ts";
import type { Contact } from "../calls/contact.ts";
import type { Matter } from "../calls/matter.ts";

/** Digits of a caller's number, as far as they are known. */
export interface CallerDigits {
  /** Exactly four ASCII digits. */
  readonly lastFour: string;
  /** The whole number, when it is known: `+14155552171`. */
  readonly e164?: string;
}

/**
 * The firm's contacts and matters, wherever they are read from. What is found is decided upon in `calls/`; nothing above
 * this interface knows where it came from. Every method throws the errors of `ClioAccess.ask`.
 */
export interface Directory {
  /**
   * Every contact of the firm that may have the number, and possibly others: their own numbers have to be compared.
   */
  contactsByNumber(firmId: string, digits: CallerDigits, budget: Budget): Promise<Contact[]>;
  /** Every contact of the firm that may have the name, and possibly others: their names have to be compared. */
  contactsByName(firmId: string, name: string, budget: Budget): Promise<Contact[]>;
  /** All matters of one contact, in whatever state; none for a contact that Clio does not have. */
  mattersOf(firmId: string, contactId: number, budget: Budget): Promise<Matter[]>;
}
