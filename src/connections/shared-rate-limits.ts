import { hashToken, parseRateLimit, type RateLimits } from "../clio/rate-limits.ts";
import type { RateLimitWindows } from "../store/coordination/rate-limit-windows.ts";

/** Rate limits for several processes: every request is taken from a window in the database before it is sent. */
export function sharedRateLimits(windows: RateLimitWindows, now: () => number): RateLimits {
  async function recordInStore(
    accessToken: string,
    status: number,
    headers: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    const token = hashToken(accessToken);
    const limit = parseRateLimit(status, headers);
    if (limit === null) {
      if (status < 300) await windows.recordUnlimited(token);
    } else if (limit.retryAfterMs !== null) {
      await windows.block(token, now() + limit.retryAfterMs);
    } else {
      const { resetInMs, ...observed } = limit;
      await windows.record(token, { ...observed, endsAt: now() + resetInMs });
    }
  }

  return {
    take: (accessToken, reservedRequests) => windows.take(hashToken(accessToken), reservedRequests),

    record(accessToken, status, headers) {
      // A failed write must not fail the request. The next response brings the figures again.
      recordInStore(accessToken, status, headers).catch(() => {});
    },
  };
}
