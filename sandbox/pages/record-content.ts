import type { FirmContact, FirmMatter } from "../firms/firm.ts";
import type { FirmActivity } from "../firms/firm-activities.ts";
import type { FirmDocument, FirmFolder } from "../firms/firm-files.ts";
import type { RecordKind } from "../firms/record-kind.ts";
import type { Viewer } from "../firms/viewer.ts";
import { type AnyRecord, visibleIds, visibleRecord } from "../firms/visible-records.ts";
import { type Html, html, type Insert } from "./html.ts";

/** A labelled value of a record. */
export type DisplayField = readonly [label: string, value: Insert];

/** A list of records that belong to the one shown. */
export interface RelatedRecords {
  readonly heading: string;
  readonly kind: RecordKind;
  readonly ids: readonly number[];
}

/** A record's name in headings, lists and links. */
export function titleOf(it: AnyRecord): string {
  switch (it.kind) {
    case "matters":
      return `${it.record.display_number} ${it.record.description}`;
    case "activities":
      return it.record.note;
    default:
      return it.record.name;
  }
}

/** The fields of a record, as this user may see them. Lists show the first few. */
export function fieldsOf(it: AnyRecord, viewer: Viewer): readonly DisplayField[] {
  switch (it.kind) {
    case "matters":
      return matterFields(it.record, viewer);
    case "contacts":
      return contactFields(it.record, viewer);
    case "activities":
      return activityFields(it.record, viewer);
    default:
      return fileFields(it.record, viewer);
  }
}

/** How many fields a list of each kind shows. */
export const LISTED_FIELDS: Readonly<Record<RecordKind, number>> = {
  matters: 4,
  contacts: 3,
  activities: 4,
  documents: 3,
  folders: 3,
};

/** The records that belong to a record and that this user may see. */
export function relatedRecords(
  { kind, record: { id } }: AnyRecord,
  viewer: Viewer,
): readonly RelatedRecords[] {
  const { matters, activities, documents, folders } = viewer.records;
  const filtered = (of: RecordKind, test: (id: number) => boolean) => ({
    kind: of,
    ids: visibleIds(viewer, of).filter(test),
  });
  switch (kind) {
    case "matters":
      return [
        {
          heading: "Activities",
          ...filtered("activities", (each) => activities.get(each)?.matter_id === id),
        },
        { heading: "Documents", ...filtered("documents", (each) => documents.get(each)?.matter_id === id) },
        { heading: "Folders", ...filtered("folders", (each) => folders.get(each)?.matter_id === id) },
      ];
    case "contacts":
      return [
        { heading: "Matters", ...filtered("matters", (each) => matters.get(each)?.client_id === id) },
        { heading: "Documents", ...filtered("documents", (each) => documents.get(each)?.contact_id === id) },
        { heading: "Folders", ...filtered("folders", (each) => folders.get(each)?.contact_id === id) },
      ];
    case "folders":
      return [
        { heading: "Subfolders", ...filtered("folders", (each) => folders.get(each)?.parent_id === id) },
        {
          heading: "Documents",
          ...filtered("documents", (each) => documents.get(each)?.parent_id === id),
        },
      ];
    default:
      return [];
  }
}

/** A link to a record; a dash for null, and no name if this user may not see the record. */
export function recordLink(viewer: Viewer, kind: RecordKind, id: number | null): Html {
  if (id === null) return html`–`;
  const it = visibleRecord(viewer, kind, id);
  return it ? html`<a href="/sandbox/${kind}/${id}">${titleOf(it)}</a>` : html`<em>Hidden from you</em>`;
}

/** A link to a user of the firm; a dash for null. */
export function userLink(viewer: Viewer, id: number | null): Html {
  const user = viewer.records.users.get(id);
  if (!user) return html`–`;
  return html`<a href="/sandbox/users/${user.id}">${user.name}</a>${!user.enabled && " (disabled)"}`;
}

function matterFields(matter: FirmMatter, viewer: Viewer): DisplayField[] {
  return [
    ["Client", recordLink(viewer, "contacts", matter.client_id)],
    ["Status", matter.status],
    ["Responsible staff", userLink(viewer, matter.responsible_staff_id)],
    ["Responsible attorney", userLink(viewer, matter.responsible_attorney_id)],
    ["Originating attorney", userLink(viewer, matter.originating_attorney_id)],
    ["Last activity", matter.last_activity_date ?? "–"],
  ];
}

function contactFields(contact: FirmContact, viewer: Viewer): DisplayField[] {
  return [
    ["Type", contact.type],
    ["Phone", contact.phone_numbers.map(({ number }) => number).join(", ") || "–"],
    ["Matters", String(viewer.records.mattersOf(contact.id).length)],
    ["Email", contact.email_addresses.map(({ address }) => address).join(", ") || "–"],
    ["Company", recordLink(viewer, "contacts", contact.company_id)],
    ["Client", contact.is_client ? "Yes" : "No"],
  ];
}

function activityFields(activity: FirmActivity, viewer: Viewer): DisplayField[] {
  const { quantity_in_hours: hours, total } = activity;
  return [
    ["Type", activity.type === "TimeEntry" ? "Time entry" : "Expense"],
    ["Matter", recordLink(viewer, "matters", activity.matter_id)],
    ["User", userLink(viewer, activity.user_id)],
    ["Amount", hours === null ? `$${total.toFixed(2)}` : `${hours} h`],
    ["Date", activity.date],
  ];
}

function fileFields(file: FirmDocument | FirmFolder, viewer: Viewer): DisplayField[] {
  return [
    ["Matter", recordLink(viewer, "matters", file.matter_id)],
    ["Contact", recordLink(viewer, "contacts", file.contact_id)],
    ["Folder", recordLink(viewer, "folders", file.parent_id)],
  ];
}
