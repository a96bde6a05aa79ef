/** A person or company in the firm's Clio, as far as the visibility settings of the connected user show it. */
export interface Contact {
  readonly id: number;
  /** The full name as Clio writes it; null where it is redacted. */
  readonly name: string | null;
  /** Null for a company. */
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly type: "Person" | "Company" | null;
  /** Clio's own mark for a client, as against any other contact. */
  readonly isClient: boolean | null;
  /** Free text, as somebody at the firm typed them: `(415) 555-2171`, `415.555.2171 x204`. */
  readonly phoneNumbers: readonly string[];
}
