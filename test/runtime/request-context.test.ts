import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { DeadlineError, startContext } from "../../src/runtime/request-context.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("the signal of a request context", () => {
  test("aborts at the deadline, however late it is first used", () => {
    const context = startContext(1_000);
    vi.advanceTimersByTime(600);
    const { signal } = context;
    vi.advanceTimersByTime(399);
    expect(signal.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(signal.reason).toBeInstanceOf(DeadlineError);
  });

  test("is aborted when it is first used after the deadline", () => {
    const context = startContext(1_000);
    vi.advanceTimersByTime(1_000);
    expect(context.signal.reason).toBeInstanceOf(DeadlineError);
  });

  test("aborts together with the signal that the context was given, before and after it is first used", () => {
    const before = new AbortController();
    const context = startContext(1_000, { until: before.signal });
    before.abort();
    expect(context.signal.aborted).toBe(true);

    const after = new AbortController();
    const { signal } = startContext(1_000, { until: after.signal });
    after.abort();
    expect(signal.aborted).toBe(true);
  });

  test("aborts with the parent's deadline", () => {
    const { signal } = startContext(1_000).fork(5_000);
    vi.advanceTimersByTime(1_000);
    expect(signal.aborted).toBe(true);
  });

  test("needs no timer before it is first used, or after the context was closed", () => {
    const context = startContext(1_000);
    expect(vi.getTimerCount()).toBe(0);
    context.signal.throwIfAborted();
    expect(vi.getTimerCount()).toBe(1);
    context.close();
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(2_000);
    expect(context.signal.aborted).toBe(false);
  });
});
