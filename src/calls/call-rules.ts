import type { CountryCode } from "./matching/phone-number.ts";
import type { StaffRole } from "./matter.ts";

/** The settings that the decisions about a call depend on (docs/reference/settings.md). */
export interface CallRules {
  /** For numbers without a country code. */
  readonly defaultCountry: CountryCode;
  /** Who takes the call: the first of these roles that has a person. At least one. */
  readonly staffRoles: readonly StaffRole[];
  /** Whether messages may include the caller's first name. */
  readonly greetByName: boolean;
  /** Whether a caller from an unknown or withheld number may be matched by full name alone. */
  readonly routeByName: boolean;
}
