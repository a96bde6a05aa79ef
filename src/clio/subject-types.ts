/** The five kinds of record that can carry a custom action, as they stand in a subject URL. */
export const SUBJECT_TYPES = ["matters", "contacts", "activities", "documents", "folders"] as const;

export type SubjectType = (typeof SUBJECT_TYPES)[number];

/** The record that a custom action was clicked on. */
export interface Subject {
  readonly type: SubjectType;
  readonly id: number;
}

/** A relative API URL of one record and nothing else: no host, no query, no other path (contract, `/clio-action`). */
const SUBJECT_URL = new RegExp(`^/api/v4/(${SUBJECT_TYPES.join("|")})/([1-9][0-9]{0,15})(?:\\.json)?$`);

/**
 * Reads a `subject_url`, percent-decoded once, as the query string has it.
 * @returns null for anything but exactly the relative API URL of such a record
 */
export function readSubject(subjectUrl: string): Subject | null {
  const [, type, id] = SUBJECT_URL.exec(subjectUrl) ?? [];
  const subject = { type: type as SubjectType, id: Number(id) };
  return type !== undefined && Number.isSafeInteger(subject.id) ? subject : null;
}

/** The subject as Clio's API names it: `/api/v4/matters/1834567`. */
export function subjectPath({ type, id }: Subject): string {
  return `/api/v4/${type}/${id}`;
}
