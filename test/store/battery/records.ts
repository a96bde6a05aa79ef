import { expect } from "vitest";
import type { Contact } from "../../../src/calls/contact.ts";
import type { Matter, StaffMember } from "../../../src/calls/matter.ts";
import type { MirrorRecord } from "../../../src/store/repositories/mirror-records.ts";
import type { FirmMirror, Mirror } from "../../../src/store/repositories/mirrors.ts";
import type { Store } from "../../../src/store/store.ts";
import type { OpenedStore } from "./setup.ts";

/** A contact as it is put into a mirror, found by these terms. */
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

export const idsOf = (found: readonly { readonly id: number }[]): number[] =>
  found.map(({ id }) => id).toSorted((one, other) => one - other);

/** A store with a mirror of `us-1` that nothing was put into yet. */
export async function withMirror({ setUpFirms }: { setUpFirms(): Promise<OpenedStore> }) {
  const opened = await setUpFirms();
  const { id } = await opened.store.mirrors.create("us-1", 350, "form");
  return { ...opened, mirrorId: id, mirror: () => mirrorOf(opened.store, "us-1") };
}

/** A firm and its mirror, however it is asked for: all ways have to say the same. */
export async function firmOf(store: Store, firmId: string): Promise<FirmMirror | null> {
  const firm = await store.mirrors.ofFirm(firmId);
  expect((await store.mirrors.all()).find((one) => one.firmId === firmId) ?? null).toEqual(firm);
  const standing = await store.mirrors.summary(firmId);
  if (!firm?.mirror) {
    expect(standing).toEqual(firm && { lookupUserId: firm.lookupUserId, mirror: null });
    return firm;
  }
  const { id, userId, formatVersion, completeAt, polledAt, usersRevision } = firm.mirror;
  expect(standing).toEqual({
    lookupUserId: firm.lookupUserId,
    mirror: { id, userId, formatVersion: formatVersion, completeAt, polledAt, usersRevision },
  });
  return firm;
}

/** The mirror of a firm that has one. */
export async function mirrorOf(store: Store, firmId: string): Promise<Mirror> {
  const firm = await firmOf(store, firmId);
  if (!firm?.mirror) throw new Error(`${firmId} has no mirror`);
  return firm.mirror;
}
