/** A field of a form in Upfirst that a user fills in by hand. */
export interface FormField {
  readonly label: string;
  readonly displayText: string;
  /** What the copy button copies; null for a choice, which is selected rather than typed. */
  readonly copyText: string | null;
  /** Fields in a row with the same group are drawn in one box with this title. */
  readonly group?: string;
  /** For a choice: what the form offers, drawn with what to select. `displayText` says the same in words. */
  readonly options?: readonly FormOption[];
  /** A hint below the field that isn't part of the value. */
  readonly hint?: string;
  /** The field takes the firm's API key. */
  readonly isApiKey?: boolean;
}

export interface FormOption {
  readonly text: string;
  readonly isSelected: boolean;
}

/** Fields in a row with the same group; `title` is null for fields without one. */
export interface FormGroup {
  readonly title: string | null;
  readonly fields: readonly FormField[];
}

/** The fields in the same order, with those in a row that have the same group together. */
export function groupFields(fields: readonly FormField[]): FormGroup[] {
  const groups: { title: string | null; fields: FormField[] }[] = [];
  for (const field of fields) {
    const title = field.group ?? null;
    const last = groups.at(-1);
    if (last && last.title === title) last.fields.push(field);
    else groups.push({ title, fields: [field] });
  }
  return groups;
}
