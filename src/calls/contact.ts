/** A person or company in the firm's Clio, as far as the connected user may see it. */
export interface Contact {
  readonly id: number;
  /** The full name as Clio writes it; null when Clio hides it. */
  readonly name: string | null;
  /** Null for a company. */
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly type: "Person" | "Company" | null;
  /** Clio's own mark for clients, as opposed to other contacts. */
  readonly isClient: boolean | null;
  /** Free text, as typed in Clio: `(415) 555-2171`, `415.555.2171 x204`. */
  readonly phoneNumbers: readonly string[];
  /** The same as they are compared (`normalizedNumbers`), if they were read beforehand. */
  readonly normalizedNumbers?: readonly string[];
}
