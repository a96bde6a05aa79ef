import type { CountryCode } from "./matching/phone-number.ts";
import type { StaffRole } from "./matter.ts";

/** The settings that decide about a call (docs/reference/settings.md). */
export interface CallRules {
  /** For numbers without a country code. */
  readonly defaultCountry: CountryCode;
  /** Who takes the call: the first role with somebody in it. At least one. */
  readonly staffRoles: readonly StaffRole[];
  /** Whether messages may say the caller's first name. */
  readonly greetByName: boolean;
  /** Whether a caller from an unknown or withheld number may be matched by full name alone. */
  readonly routeByName: boolean;
}
