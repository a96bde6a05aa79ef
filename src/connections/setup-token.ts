import { randomBytes } from "node:crypto";
import { equalInConstantTime } from "../security/constant-time.ts";
import { deriveKeys } from "../security/derived-keys.ts";

/** Lets the operator admit firms (`SETUP_TOKEN` in docs/reference/settings.md). */
export interface SetupToken {
  /** The token. Use it for nothing but the setup link that is printed at start. */
  readonly value: string;
  /** Whether the service generated it because `SETUP_TOKEN` is unset. A generated token admits only the first firm. */
  readonly generated: boolean;
  /** Compares a visitor's token with this one in constant time. */
  matches(candidate: string): boolean;
}

/**
 * Returns the configured token, or generates one for the first firm.
 * @param wasAnyAdmitted whether a firm was ever admitted, removed or not; nothing is generated then, and the result is null
 * @param isShared whether several processes must generate the same token; it is then derived from `SECRET_KEY`
 */
export function chooseSetupToken(
  { setupToken: configured, secretKeys }: { setupToken: string | null; secretKeys: readonly Uint8Array[] },
  wasAnyAdmitted: boolean,
  isShared: boolean,
): SetupToken | null {
  if (configured === null && wasAnyAdmitted) return null;
  const value =
    configured ?? Buffer.from(isShared ? deriveToken(secretKeys) : randomBytes(32)).toString("base64url");
  return {
    value,
    generated: configured === null,
    matches: (candidate) => equalInConstantTime(candidate, value),
  };
}

function deriveToken(secretKeys: readonly Uint8Array[]): Uint8Array {
  const [newest] = deriveKeys(secretKeys, "setup");
  if (!newest) throw new TypeError("no secret key");
  return newest.key;
}
