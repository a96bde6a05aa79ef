import type { ExplainedCall } from "./explain-call.ts";

/** The form for trying a caller. */
export interface CallerFields {
  readonly number: string;
  readonly name: string;
  readonly matter: string;
}

/** A response as the receptionist would get it. */
export interface TriedAnswer {
  readonly path: string;
  readonly status: number;
  readonly body: object;
}

/** The result of trying a caller. */
export interface TriedCaller {
  /** As typed. */
  readonly fields: CallerFields;
  /** What is wrong with a field, as a sentence. The caller was then not looked up. */
  readonly fieldErrors: Readonly<Partial<Record<keyof CallerFields, string>>>;
  /** Null if the lookup failed, or a field is wrong. */
  readonly explanation: ExplainedCall | null;
  /** Why the lookup failed. */
  readonly problem: { readonly title: string; readonly detail: string } | null;
  /** Null if the form couldn't be sent as a request. */
  readonly answer: TriedAnswer | null;
}
