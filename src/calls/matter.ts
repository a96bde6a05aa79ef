import type { FormattedPhoneNumber } from "./matching/phone-number.ts";

/** The three roles on a matter that can hold a person, in Clio's spelling (setting `STAFF_ROLES`). */
export const STAFF_ROLES = ["responsible_staff", "responsible_attorney", "originating_attorney"] as const;

export type StaffRole = (typeof STAFF_ROLES)[number];

/** A Clio user in a role on a matter. Clio may hide every field but the id. */
export interface StaffMember {
  readonly id: number;
  readonly name: string | null;
  readonly email: string | null;
  /** Free text, as typed in Clio. */
  readonly phoneNumber: string | null;
  /** The same as callers of the API get it (`formatPhoneNumber`), if it was read beforehand. */
  readonly formattedNumber?: FormattedPhoneNumber;
  /** False for a user whom the firm has disabled in Clio; null when Clio doesn't say. */
  readonly enabled: boolean | null;
}

export type MatterStatus = "Open" | "Pending" | "Closed";

/** A matter of one client, with its responsible people. */
export interface Matter {
  readonly id: number;
  readonly displayNumber: string | null;
  readonly description: string | null;
  readonly status: MatterStatus | null;
  /** ISO date of the latest activity (`2026-05-31`); null when there was none. */
  readonly lastActivityDate: string | null;
  /** ISO date and time of the last change. */
  readonly updatedAt: string | null;
  /** Who has which role. A role that is empty in Clio is null or absent. */
  readonly staff: Readonly<Partial<Record<StaffRole, StaffMember | null>>>;
}

/** A matter that a contact isn't the client of, but stands on by a relationship in Clio. */
export interface RelatedMatter extends Matter {
  /** What Clio says of the contact's part, such as `Spouse`; empty if it says nothing. */
  readonly relation: string;
}

/** The caller's part in a matter; null for a matter of their own. */
export function relationOf(matter: Matter | RelatedMatter): string | null {
  return "relation" in matter ? matter.relation : null;
}

/** Whether a matter is open or pending. */
export function isLive({ status }: Matter): boolean {
  return status === "Open" || status === "Pending";
}
