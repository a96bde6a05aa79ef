import { type RateLimits, readLimit, tokenHash } from "../clio/rate-limits.ts";
import type { RateLimitWindows } from "../store/coordination/rate-limit-windows.ts";

/** For processes that share their tokens: every request is taken from one context, in the store, before it is sent. */
export function sharedRateLimits(windows: RateLimitWindows, now: () => number): RateLimits {
  return {
    take: (accessToken, leaves) => windows.take(tokenHash(accessToken), leaves),

    record(accessToken, status, headers) {
      const token = tokenHash(accessToken);
      const seen = readLimit(status, headers);
      // What cannot be noted is noted with the next answer: nobody's request fails of it.
      noted().catch(() => {});

      async function noted(): Promise<void> {
        if (seen === null) {
          if (status < 300) await windows.unlimited(token);
        } else if (seen.refusedFor !== null) await windows.close(token, now() + seen.refusedFor);
        else await windows.record(token, { ...seen, opensAt: now() + seen.endsIn });
      }
    },
  };
}
