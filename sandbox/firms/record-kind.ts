import type { Permission } from "./firm.ts";

/** The kinds of record that can have custom actions, as in their API paths. */
export const RECORD_KINDS = ["matters", "contacts", "activities", "documents", "folders"] as const;

export type RecordKind = (typeof RECORD_KINDS)[number];

/** The page in Clio on which a custom action appears. */
export type UiReference = `${RecordKind}/show`;

export function isRecordKind(text: string | undefined): text is RecordKind {
  return RECORD_KINDS.some((kind) => kind === text);
}

/** The permission needed to see records of a kind. The documents permission covers folders. */
export function permissionFor(kind: RecordKind): Permission {
  return kind === "folders" ? "documents" : kind;
}

/** The record's relative API URL, as in a click's `subject_url`: `/api/v4/matters/1834567`. */
export function subjectPath(kind: RecordKind, id: number): string {
  return `/api/v4/${kind}/${id}`;
}

/** The kind and ID in a subject path; null for any other path. */
export function parseSubjectPath(text: string): { kind: RecordKind; id: number } | null {
  const [, kind, id] = /^\/api\/v4\/([a-z]+)\/(\d{1,15})$/.exec(text) ?? [];
  return isRecordKind(kind) ? { kind, id: Number(id) } : null;
}
