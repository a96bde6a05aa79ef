import { createHash } from "node:crypto";
import type { Session } from "./session.ts";

/** A click on the custom action, confirmed by Clio or not. */
export interface Click {
  readonly firmId: string;
  readonly userId: number;
  /** The record, as a path of Clio's API: `/api/v4/matters/1834567`. */
  readonly subject: string;
  readonly nonce: string;
}

/** Clio accepts a nonce once; for this long the page can still be reloaded in the same browser. */
const RELOAD_WINDOW_MS = 15 * 60_000;

/** Keeps the session cookie small. */
const MAX_CLICKS = 5;

/** Whether this browser made the click, and Clio has confirmed it, within the last 15 minutes. */
export function isVerifiedClick({ clicks }: Session, click: Click, now: number): boolean {
  const nonceHash = hashNonce(click.nonce);
  return clicks.some(
    (verified) =>
      verified.nonceHash === nonceHash &&
      verified.subject === click.subject &&
      verified.firmId === click.firmId &&
      verified.userId === click.userId &&
      now - verified.verifiedAt < RELOAD_WINDOW_MS,
  );
}

/** The session with a click that Clio has just confirmed. */
export function withVerifiedClick(session: Session, { nonce, ...click }: Click, now: number): Session {
  const verified = { ...click, nonceHash: hashNonce(nonce), verifiedAt: now };
  return { ...session, clicks: [verified, ...session.clicks].slice(0, MAX_CLICKS) };
}

/** A nonce is never stored in the clear, not even in an encrypted cookie. */
function hashNonce(nonce: string): string {
  return createHash("sha256").update(nonce).digest("base64url");
}
