import { type GeneratedFirm, generatedFirm } from "../../sandbox/firms/generated-firm.ts";

/** Distance between the first user IDs of two firms, so that no two firms share a user ID. */
const USER_IDS_PER_FIRM = 1_000;

/** The firm with this number, from 1. Every process generates the same one. */
export function firmOf(
  number: number,
  { contacts, matters }: { contacts: number; matters: number },
): GeneratedFirm {
  return generatedFirm({ contacts, matters, seed: number, firstUser: firstUserOf(number) });
}

/** The ID of the user who connects the firm. */
export function firstUserOf(number: number): number {
  return number * USER_IDS_PER_FIRM;
}
