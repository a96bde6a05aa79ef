import { type GeneratedFirm, generatedFirm } from "../../sandbox/firms/generated-firm.ts";

/** What makes each firm another one, and its users nobody else's. */
const USERS_APART = 1_000;

/** The firm of that number, from 1: the same in whichever process it is made. */
export function firmOf(
  at: number,
  { contacts, matters }: { contacts: number; matters: number },
): GeneratedFirm {
  return generatedFirm({ contacts, matters, seed: at, firstUser: firstUserOf(at) });
}

/** Who connects it. */
export function firstUserOf(at: number): number {
  return at * USERS_APART;
}
