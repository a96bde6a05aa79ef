import { randomBytes } from "node:crypto";
import { equalInConstantTime } from "../security/constant-time.ts";
import { deriveKeys } from "../security/derived-keys.ts";

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
 * @param firmsAdmitted how many firms there are already; with one or more, nothing is generated
 * @param isShared whether other processes have to know what is generated: then it is made from `SECRET_KEY`, which all of
 *   them have
 */
export function chooseSetupToken(
  { setupToken: configured, secretKeys }: { setupToken: string | null; secretKeys: readonly Uint8Array[] },
  firmsAdmitted: number,
  isShared: boolean,
): SetupToken | null {
  if (configured === null && firmsAdmitted > 0) return null;
  const value =
    configured ?? Buffer.from(isShared ? derived(secretKeys) : randomBytes(32)).toString("base64url");
  return {
    value,
    generated: configured === null,
    matches: (candidate) => equalInConstantTime(candidate, value),
  };
}

function derived(secretKeys: readonly Uint8Array[]): Uint8Array {
  const [newest] = deriveKeys(secretKeys, "setup");
  if (!newest) throw new TypeError("there is no secret key");
  return newest.key;
}
