/** A user's access to Clio. Times are epoch milliseconds on our clock. */
export interface Token {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly obtainedAt: number;
  readonly expiresAt: number;
}

const FIVE_MINUTES = 5 * 60_000;

/**
 * When a token should be renewed: 5 minutes before it expires, or after half its life when it lives for less than
 * ten minutes (clio-facts, OAuth 2.0: lifetimes shorter than the documented 30 days occur).
 * @returns epoch milliseconds
 */
export function refreshTime(token: Token): number {
  const lifetime = token.expiresAt - token.obtainedAt;
  return token.expiresAt - Math.min(FIVE_MINUTES, lifetime / 2);
}
