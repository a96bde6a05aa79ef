/** The three places on a matter where Clio can hold a person, in Clio's spelling (setting `STAFF_ROLES`). */
export const STAFF_ROLES = ["responsible_staff", "responsible_attorney", "originating_attorney"] as const;

export type StaffRole = (typeof STAFF_ROLES)[number];

/** A Clio user who stands on a matter. Any field but the id can be redacted. */
export interface StaffMember {
  readonly id: number;
  readonly name: string | null;
  readonly email: string | null;
  /** Free text, as it was typed in Clio. */
  readonly phoneNumber: string | null;
  /** False once the firm has disabled the user in Clio; null where Clio does not say. */
  readonly enabled: boolean | null;
}

export type MatterStatus = "Open" | "Pending" | "Closed";

/** A matter of one client, with whoever answers for it. */
export interface Matter {
  readonly id: number;
  readonly displayNumber: string | null;
  readonly description: string | null;
  readonly status: MatterStatus | null;
  /** ISO date (`2026-05-31`) of the latest activity; null where there was none. */
  readonly lastActivityDate: string | null;
  /** ISO date and time of the last change. */
  readonly updatedAt: string | null;
  /** Who stands in which role; a role that is empty in Clio is null or absent. */
  readonly staff: Readonly<Partial<Record<StaffRole, StaffMember | null>>>;
}
