import type { FirmContact, FirmMatter } from "./firm.ts";
import type { FirmActivity } from "./firm-activities.ts";
import type { FirmDocument, FirmFolder } from "./firm-files.ts";
import { permissionFor, type RecordKind } from "./record-kind.ts";
import type { Viewer } from "./viewer.ts";

/** A record of any kind that can have custom actions. */
export type AnyRecord =
  | { kind: "matters"; record: FirmMatter }
  | { kind: "contacts"; record: FirmContact }
  | { kind: "activities"; record: FirmActivity }
  | { kind: "documents"; record: FirmDocument }
  | { kind: "folders"; record: FirmFolder };

/** The record; undefined if there is none or this user may not see it. */
export function visibleRecord(viewer: Viewer, kind: RecordKind, id: number): AnyRecord | undefined {
  if (!viewer.hasPermission(permissionFor(kind))) return undefined;
  if (kind === "contacts" && !viewer.canSeeContact(id)) return undefined;
  if (kind === "matters" && !viewer.canSeeMatter(id)) return undefined;
  const record = viewer.records[kind].get(id);
  // The compiler can't tell that each collection holds records of its own kind.
  return record && ({ kind, record } as AnyRecord);
}

/** The IDs of all records of a kind that this user may see, ascending. */
export function visibleIds(viewer: Viewer, kind: RecordKind): readonly number[] {
  if (!viewer.hasPermission(permissionFor(kind))) return [];
  const ids = viewer.records[kind].items.map(({ id }) => id);
  if (kind === "contacts") return ids.filter((id) => viewer.canSeeContact(id));
  return kind === "matters" ? ids.filter((id) => viewer.canSeeMatter(id)) : ids;
}
