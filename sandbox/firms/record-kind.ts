import type { Permission } from "./firm.ts";

/** The kinds of record that custom actions appear on, as their paths in the API have them. */
export const RECORD_KINDS = ["matters", "contacts", "activities", "documents", "folders"] as const;

export type RecordKind = (typeof RECORD_KINDS)[number];

/** Where in Clio a custom action appears. */
export type UiReference = `${RecordKind}/show`;

export function isRecordKind(text: string | undefined): text is RecordKind {
  return RECORD_KINDS.some((kind) => kind === text);
}

/** What a user needs to see records of a kind; folders come with the documents. */
export function permissionFor(kind: RecordKind): Permission {
  return kind === "folders" ? "documents" : kind;
}

/** The record's address in the API, relative: `/api/v4/matters/1834567`, as a click names its subject. */
export function subjectPath(kind: RecordKind, id: number): string {
  return `/api/v4/${kind}/${id}`;
}

/** The kind and id that a subject's path names, or null for one that is no such path. */
export function readSubjectPath(text: string): { kind: RecordKind; id: number } | null {
  const [, kind, id] = /^\/api\/v4\/([a-z]+)\/(\d{1,15})$/.exec(text) ?? [];
  return isRecordKind(kind) ? { kind, id: Number(id) } : null;
}
