import { expect } from "vitest";
import type { Contact } from "../../../src/calls/contact.ts";
import type { Matter, StaffMember } from "../../../src/calls/matter.ts";
import type { FirmMirror, Mirror } from "../../../src/store/repositories/mirror.ts";
import type { MirrorRecord } from "../../../src/store/repositories/mirror-record-encryption.ts";
import type { Store } from "../../../src/store/store.ts";
import type { OpenedStore } from "./setup.ts";

/** A contact to be put into a mirror, with its search terms. */
export function contact(
  id: number,
  terms: readonly string[] = [],
  changes: Partial<Contact> = {},
): MirrorRecord<"contact"> {
  const content: Contact = {
    id,
    name: `Contact ${id}`,
    firstName: "Contact",
    lastName: String(id),
    type: "Person",
    isClient: true,
    phoneNumbers: ["(415) 555-0171"],
    ...changes,
  };
  return { kind: "contact", content, clientId: null, terms };
}

export function matter(
  id: number,
  clientId: number | null,
  changes: Partial<Matter> = {},
): MirrorRecord<"matter"> {
  const content: Matter = {
    id,
    displayNumber: `${id}-Doe`,
    description: null,
    status: "Open",
    lastActivityDate: "2026-05-31",
    updatedAt: null,
    staff: { responsible_staff: { ...staff(350).content }, responsible_attorney: null },
    ...changes,
  };
  return { kind: "matter", content, clientId, terms: [] };
}

export function staff(id: number, changes: Partial<StaffMember> = {}): MirrorRecord<"user"> {
  const content: StaffMember = {
    id,
    name: `User ${id}`,
    email: `user${id}@firm.example`,
    phoneNumber: null,
    enabled: true,
    ...changes,
  };
  return { kind: "user", content, clientId: null, terms: [] };
}

export const idsOf = (records: readonly { readonly id: number }[]): number[] =>
  records.map(({ id }) => id).toSorted((one, other) => one - other);

/** A store with an empty mirror of `us-1`. */
export async function withMirror({ setUpFirms }: { setUpFirms(): Promise<OpenedStore> }) {
  const opened = await setUpFirms();
  const { id } = await opened.store.mirrors.create("us-1", 350, "format");
  return { ...opened, mirrorId: id, mirror: () => mirrorOf(opened.store, "us-1") };
}

/** A firm with its mirror. Checks that all ways to query it agree. */
export async function firmOf(store: Store, firmId: string): Promise<FirmMirror | null> {
  const firm = await store.mirrors.findByFirm(firmId);
  expect((await store.mirrors.list()).find((one) => one.firmId === firmId) ?? null).toEqual(firm);
  const summary = await store.mirrors.findSummary(firmId);
  if (!firm?.mirror) {
    expect(summary).toEqual(firm && { lookupUserId: firm.lookupUserId, absencesRevision: 0, mirror: null });
    return firm;
  }
  const { id, userId, formatVersion, completeAt, polledAt, usersRevision } = firm.mirror;
  expect(summary).toEqual({
    lookupUserId: firm.lookupUserId,
    absencesRevision: 0,
    mirror: { id, userId, formatVersion, completeAt, polledAt, usersRevision },
  });
  return firm;
}

/** The mirror of a firm that has one. */
export async function mirrorOf(store: Store, firmId: string): Promise<Mirror> {
  const firm = await firmOf(store, firmId);
  if (!firm?.mirror) throw new Error(`${firmId} has no mirror`);
  return firm.mirror;
}
