import { expect, test } from "vitest";
import { inMemoryRateLimits } from "../../src/clio/rate-limits.ts";

const TOKEN = "an-access-token";

/** The headers of a response, in a window of Clio's that ends in `seconds`. */
function headersOf(remaining: number, seconds = 60, limit = 50) {
  const now = Math.floor(Date.now() / 1000) * 1000;
  return {
    "x-ratelimit-limit": String(limit),
    "x-ratelimit-remaining": String(remaining),
    "x-ratelimit-reset": String(now / 1000 + seconds),
    date: new Date(now).toUTCString(),
  };
}

async function takeUntilRefused(limits: ReturnType<typeof inMemoryRateLimits>, reserved: number) {
  const waits = await Promise.all(Array.from({ length: 100 }, () => limits.take(TOKEN, reserved)));
  return waits.filter((wait) => wait === 0).length;
}

test("requests that are sent at the same time don't exceed the limit together, and leave what is reserved", async () => {
  const limits = inMemoryRateLimits();
  limits.record(TOKEN, 200, headersOf(40));
  expect(await takeUntilRefused(limits, 25)).toBe(15);
  expect(await takeUntilRefused(limits, 0)).toBe(25);
  expect(await takeUntilRefused(limits, 0)).toBe(0);
});

test("a new window is as large as the last one, until a response says otherwise", async () => {
  const limits = inMemoryRateLimits();
  limits.record(TOKEN, 200, headersOf(0, 0));
  expect(await takeUntilRefused(limits, 25)).toBe(25);
  limits.record(TOKEN, 200, headersOf(49));
  expect(await takeUntilRefused(limits, 0)).toBe(25);
});

test("a response from another window replaces the count", async () => {
  const limits = inMemoryRateLimits();
  limits.record(TOKEN, 200, headersOf(1, 30));
  limits.record(TOKEN, 200, headersOf(45, 90));
  expect(await takeUntilRefused(limits, 0)).toBe(45);
});

test("nothing is limited while Clio sends no headers", async () => {
  const limits = inMemoryRateLimits();
  expect(await takeUntilRefused(limits, 0)).toBe(100);
  limits.record(TOKEN, 200, headersOf(10, 0));
  await limits.take(TOKEN, 0);
  limits.record(TOKEN, 200, {});
  expect(await takeUntilRefused(limits, 0)).toBe(100);
});
