import { describe, expect, test } from "vitest";
import { ClioError, ClioRateLimitedError } from "../../src/errors.ts";
import { isPageLost, retryDelayMs, shouldLogFailure } from "../../src/mirror/retry-policy.ts";
import type { Mirror } from "../../src/store/repositories/mirror.ts";

describe("the delay before a retry", () => {
  test("doubles from one second to a minute", () => {
    const delays = [0, 1, 2, 5, 6, 2_000].map((failures) => retryDelayMs(new ClioError("down"), failures));
    expect(delays).toEqual([1_000, 2_000, 4_000, 32_000, 60_000, 60_000]);
  });

  test("is as long as Clio says after a used-up rate limit", () => {
    expect(retryDelayMs(new ClioRateLimitedError("limit", { retryAfter: 34 }), 9)).toBe(34_000);
    expect(retryDelayMs(new ClioRateLimitedError("limit"), 9)).toBe(1_000);
  });
});

test("the first failure is logged, then the second, fourth, eighth and so on", () => {
  const logged = Array.from({ length: 20 }, (_, failures) => failures).filter(shouldLogFailure);
  expect(logged.map((failures) => failures + 1)).toEqual([1, 2, 4, 8, 16]);
});

describe("a page is lost", () => {
  const mirror = (failures: number, { next = "https://app.clio.com/next", code = "clio_error" } = {}) =>
    ({ failures, lastErrorCode: code, fullSync: { next: next || null } }) as Mirror;

  test("after every fourth failure in a row", () => {
    const lost = Array.from({ length: 10 }, (_, failures) => failures).filter((n) => isPageLost(mirror(n)));
    expect(lost).toEqual([4, 8]);
  });

  test("only if Clio rejects the page, not if it is too slow or its rate limit is used up", () => {
    expect(isPageLost(mirror(4, { code: "clio_timeout" }))).toBe(false);
    expect(isPageLost(mirror(4, { code: "clio_rate_limited" }))).toBe(false);
  });

  test("never if it is the first page, or without a full sync", () => {
    expect(isPageLost(mirror(4, { next: "" }))).toBe(false);
    expect(isPageLost({ ...mirror(4), fullSync: null })).toBe(false);
  });
});
