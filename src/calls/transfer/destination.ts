import parsePhoneNumber from "libphonenumber-js";
import { type CountryCode, formatPhoneNumber } from "../matching/phone-number.ts";

/** Why a call can't be transferred to a person's number, or doesn't reach them directly. */
export type DialingProblem =
  /** Clio has no number for the person. */
  | "no_number"
  /** The number can't be dialed. */
  | "invalid_number"
  /** The number can be dialed, but its extension can't: the call reaches the main line. */
  | "extension";

/** Where calls for a person are transferred to. */
export interface TransferDestination {
  /** E.164; as typed in Clio if it can't be parsed; null if there is none. */
  readonly destination: string | null;
  /** `destination` formatted for reading. */
  readonly formattedDestination: string | null;
  readonly extension: string | null;
  /** At most one, the most serious. */
  readonly dialingProblem: DialingProblem | null;
}

/**
 * Reads a person's number in Clio as the destination of a transfer.
 * @param typed free text, as typed in Clio
 * @param country for numbers typed without a country code
 */
export function transferDestination(typed: string | null, country: CountryCode): TransferDestination {
  const { phoneNumber, extension } = formatPhoneNumber(typed, country);
  const parsed = phoneNumber?.startsWith("+") ? parsePhoneNumber(phoneNumber) : undefined;
  return {
    destination: phoneNumber,
    formattedDestination:
      parsed === undefined
        ? phoneNumber
        : parsed.country === country
          ? parsed.formatNational()
          : parsed.formatInternational(),
    extension,
    dialingProblem: dialingProblem(phoneNumber, parsed !== undefined, extension),
  };
}

function dialingProblem(
  phoneNumber: string | null,
  isValid: boolean,
  extension: string | null,
): DialingProblem | null {
  if (phoneNumber === null) return "no_number";
  if (!isValid) return "invalid_number";
  return extension === null ? null : "extension";
}

/** Whether a transfer reaches anyone, directly or through a main line (docs/explanation/who-is-found.md). */
export function canBeDialed({ dialingProblem }: Pick<TransferDestination, "dialingProblem">): boolean {
  return dialingProblem === null || dialingProblem === "extension";
}
