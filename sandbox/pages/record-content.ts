import type { FirmContact, FirmMatter } from "../firms/firm.ts";
import type { FirmActivity } from "../firms/firm-activities.ts";
import type { FirmDocument, FirmFolder } from "../firms/firm-files.ts";
import type { RecordKind } from "../firms/record-kind.ts";
import type { Viewer } from "../firms/viewer.ts";
import { type AnyRecord, visibleIds, visibleRecord } from "../firms/visible-records.ts";
import { type Html, html, type Insert } from "./html.ts";

/** One line about a record: what it is called, and the value. */
export type Fact = readonly [label: string, value: Insert];

/** Other records that belong to the one shown. */
export interface Related {
  readonly heading: string;
  readonly kind: RecordKind;
  readonly ids: readonly number[];
}

/** What a record is called wherever it is listed or linked to. */
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

/** What there is to say about a record, as this user may see it. The first few stand in lists too. */
export function factsOf(it: AnyRecord, viewer: Viewer): readonly Fact[] {
  switch (it.kind) {
    case "matters":
      return matterFacts(it.record, viewer);
    case "contacts":
      return contactFacts(it.record, viewer);
    case "activities":
      return activityFacts(it.record, viewer);
    default:
      return filedFacts(it.record, viewer);
  }
}

/** How many of the facts a list of that kind shows. */
export const FACTS_IN_LIST: Readonly<Record<RecordKind, number>> = {
  matters: 4,
  contacts: 3,
  activities: 4,
  documents: 3,
  folders: 3,
};

/** The records under a record, as far as this user may see them. */
export function relatedTo({ kind, record: { id } }: AnyRecord, viewer: Viewer): readonly Related[] {
  const { matters, activities, documents, folders } = viewer.records;
  const within = (of: RecordKind, test: (id: number) => boolean) => ({
    kind: of,
    ids: visibleIds(viewer, of).filter(test),
  });
  switch (kind) {
    case "matters":
      return [
        { heading: "Activities", ...within("activities", (each) => activities.get(each)?.matter_id === id) },
        { heading: "Documents", ...within("documents", (each) => documents.get(each)?.matter_id === id) },
        { heading: "Folders", ...within("folders", (each) => folders.get(each)?.matter_id === id) },
      ];
    case "contacts":
      return [
        { heading: "Matters", ...within("matters", (each) => matters.get(each)?.client_id === id) },
        { heading: "Documents", ...within("documents", (each) => documents.get(each)?.contact_id === id) },
        { heading: "Folders", ...within("folders", (each) => folders.get(each)?.contact_id === id) },
      ];
    case "folders":
      return [
        { heading: "Folders in it", ...within("folders", (each) => folders.get(each)?.parent_id === id) },
        {
          heading: "Documents in it",
          ...within("documents", (each) => documents.get(each)?.parent_id === id),
        },
      ];
    default:
      return [];
  }
}

/** A link to a record; a dash where there is none, and no name where this user may not see it. */
export function recordLink(viewer: Viewer, kind: RecordKind, id: number | null): Html {
  if (id === null) return html`–`;
  const it = visibleRecord(viewer, kind, id);
  return it ? html`<a href="/sandbox/${kind}/${id}">${titleOf(it)}</a>` : html`<em>not visible to you</em>`;
}

/** A link to somebody at the firm; a dash where there is nobody. */
export function userLink(viewer: Viewer, id: number | null): Html {
  const user = viewer.records.users.get(id);
  if (!user) return html`–`;
  return html`<a href="/sandbox/users/${user.id}">${user.name}</a>${!user.enabled && " (disabled)"}`;
}

function matterFacts(matter: FirmMatter, viewer: Viewer): Fact[] {
  return [
    ["Client", recordLink(viewer, "contacts", matter.client_id)],
    ["Status", matter.status],
    ["Responsible staff", userLink(viewer, matter.responsible_staff_id)],
    ["Responsible attorney", userLink(viewer, matter.responsible_attorney_id)],
    ["Originating attorney", userLink(viewer, matter.originating_attorney_id)],
    ["Last activity", matter.last_activity_date ?? "–"],
  ];
}

function contactFacts(contact: FirmContact, viewer: Viewer): Fact[] {
  return [
    ["Type", contact.type],
    ["Phone", contact.phone_numbers.map(({ number }) => number).join(", ") || "–"],
    ["Matters", String(viewer.records.mattersOf(contact.id).length)],
    ["E-mail", contact.email_addresses.map(({ address }) => address).join(", ") || "–"],
    ["Company", recordLink(viewer, "contacts", contact.company_id)],
    ["Client", contact.is_client ? "yes" : "no"],
  ];
}

function activityFacts(activity: FirmActivity, viewer: Viewer): Fact[] {
  const { quantity_in_hours: hours, total } = activity;
  return [
    ["Type", activity.type === "TimeEntry" ? "Time entry" : "Expense"],
    ["Matter", recordLink(viewer, "matters", activity.matter_id)],
    ["User", userLink(viewer, activity.user_id)],
    ["Amount", hours === null ? `$${total.toFixed(2)}` : `${hours} h`],
    ["Date", activity.date],
  ];
}

function filedFacts(filed: FirmDocument | FirmFolder, viewer: Viewer): Fact[] {
  return [
    ["Matter", recordLink(viewer, "matters", filed.matter_id)],
    ["Contact", recordLink(viewer, "contacts", filed.contact_id)],
    ["In folder", recordLink(viewer, "folders", filed.parent_id)],
  ];
}
