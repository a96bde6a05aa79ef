/** The kinds of record that can have a custom action, as a `subject_url` spells them. */
export const SUBJECT_TYPES = ["matters", "contacts", "activities", "documents", "folders"] as const;

export type SubjectType = (typeof SUBJECT_TYPES)[number];

/** The record that a custom action was clicked on. */
export interface Subject {
  readonly type: SubjectType;
  readonly id: number;
}

/** Anyone can forge a click, so only the relative API URL of one record is accepted: no host, no query, no other path. */
const SUBJECT_URL = new RegExp(`^/api/v4/(${SUBJECT_TYPES.join("|")})/([1-9][0-9]{0,15})(?:\\.json)?$`);

/**
 * Parses the `subject_url` of a click (docs/reference/endpoints.md).
 * @param subjectUrl percent-decoded once, as query parsers do
 * @returns null unless it is exactly the relative API URL of such a record
 */
export function parseSubjectUrl(subjectUrl: string): Subject | null {
  const [, type, id] = SUBJECT_URL.exec(subjectUrl) ?? [];
  const subject = { type: type as SubjectType, id: Number(id) };
  return type !== undefined && Number.isSafeInteger(subject.id) ? subject : null;
}

/** The record's API path: `/api/v4/matters/1834567`. */
export function subjectPath({ type, id }: Subject): string {
  return `/api/v4/${type}/${id}`;
}
