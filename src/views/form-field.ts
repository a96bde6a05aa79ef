/** A field of a form in Upfirst that a user fills in by hand. */
export interface FormField {
  readonly label: string;
  readonly displayText: string;
  /** What the copy button copies; null for a choice, which is selected rather than typed. */
  readonly copyText: string | null;
}
