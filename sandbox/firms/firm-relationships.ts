import { CREATED_AT, UPDATED_AT } from "./clio-time.ts";

/** A contact's part in a matter whose client is someone else: spouse, insurance adjuster, opposing counsel. */
export interface FirmRelationship {
  id: number;
  /** Free text; often empty. */
  description: string | null;
  matter_id: number;
  contact_id: number;
  created_at: string;
  updated_at: string;
}

/** Creates a relationship. */
export function relationship(
  id: number,
  matterId: number,
  contactId: number,
  description: string | null = null,
): FirmRelationship {
  return {
    id,
    description,
    matter_id: matterId,
    contact_id: contactId,
    created_at: CREATED_AT,
    updated_at: UPDATED_AT,
  };
}
