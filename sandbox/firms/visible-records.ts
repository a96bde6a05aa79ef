import type { FirmContact, FirmMatter } from "./firm.ts";
import type { FirmActivity } from "./firm-activities.ts";
import type { FirmDocument, FirmFolder } from "./firm-files.ts";
import { permissionFor, type RecordKind } from "./record-kind.ts";
import type { Viewer } from "./viewer.ts";

/** A record of any kind that custom actions appear on, with its kind. */
export type AnyRecord =
  | { kind: "matters"; record: FirmMatter }
  | { kind: "contacts"; record: FirmContact }
  | { kind: "activities"; record: FirmActivity }
  | { kind: "documents"; record: FirmDocument }
  | { kind: "folders"; record: FirmFolder };

/** The record, unless there is none or this user may not see it. */
export function visibleRecord(viewer: Viewer, kind: RecordKind, id: number): AnyRecord | undefined {
  if (!viewer.may(permissionFor(kind))) return undefined;
  if (kind === "contacts" && !viewer.sees(id)) return undefined;
  const record = viewer.records[kind].get(id);
  // Each collection holds the records of its kind: a pairing the compiler cannot follow.
  return record && ({ kind, record } as AnyRecord);
}

/** Ids of all records of a kind that this user may see, ascending. */
export function visibleIds(viewer: Viewer, kind: RecordKind): readonly number[] {
  if (!viewer.may(permissionFor(kind))) return [];
  const ids = viewer.records[kind].items.map(({ id }) => id);
  return kind === "contacts" ? ids.filter((id) => viewer.sees(id)) : ids;
}
