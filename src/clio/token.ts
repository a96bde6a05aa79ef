/** A user's OAuth tokens for Clio. Times are epoch milliseconds by this machine's clock. */
export interface Token {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly obtainedAt: number;
  readonly expiresAt: number;
}

const REFRESH_MARGIN_MS = 5 * 60_000;

/**
 * When to refresh a token: 5 minutes before it expires, or after half its lifetime if that is later
 * (docs/explanation/how-clio-behaves.md, "Refreshing").
 * @returns epoch milliseconds
 */
export function refreshTime(token: Token): number {
  const lifetime = token.expiresAt - token.obtainedAt;
  return token.expiresAt - Math.min(REFRESH_MARGIN_MS, lifetime / 2);
}
