import { randomBytes } from "node:crypto";
import { sameSecret } from "../secret-text.ts";

/** What lets the operator admit a firm (contract, `SETUP_TOKEN`). */
export interface SetupToken {
  /** The token itself; for the link that is printed at start, and for nothing else. */
  readonly value: string;
  /** Whether this service made it, because none was set: such a one is good for the first firm alone. */
  readonly generated: boolean;
  /** Whether a visitor's token is this one, compared in constant time. */
  matches(candidate: string): boolean;
}

/**
 * The operator's own token, good for any number of firms, or a new one that is good for the first.
 * @param configured the setting `SETUP_TOKEN`
 * @param firmsAdmitted how many firms there are already; with one or more, nothing is generated
 */
export function chooseSetupToken(configured: string | null, firmsAdmitted: number): SetupToken | null {
  if (configured === null && firmsAdmitted > 0) return null;
  const value = configured ?? randomBytes(32).toString("base64url");
  return {
    value,
    generated: configured === null,
    matches: (candidate) => sameSecret(candidate, value),
  };
}
