import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { TurnQueue } from "../../src/http/turn-queue.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Records the order in which requests get a turn, or are turned away. */
function queueOf(maxWaiting: number) {
  const queue = new TurnQueue({ intervalMs: 250, maxWaiting });
  const turns: string[] = [];
  const refused: string[] = [];
  const wait = (name: string, isPreferred = false) =>
    void queue.wait(isPreferred).then((hasTurn) => (hasTurn ? turns : refused).push(name));
  const advance = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);
  return { queue, turns, refused, wait, advance };
}

test("a burst gets one turn per interval, and none before the first interval has passed", async () => {
  const { turns, wait, advance } = queueOf(10);
  for (const name of ["a", "b", "c"]) wait(name);
  await advance(249);
  expect(turns).toEqual([]);
  await advance(1);
  expect(turns).toEqual(["a"]);
  await advance(249);
  expect(turns).toEqual(["a"]);
  await advance(251);
  expect(turns).toEqual(["a", "b", "c"]);
});

test("a request that comes right after a turn waits for the next one", async () => {
  const { turns, wait, advance } = queueOf(10);
  wait("a");
  await advance(300);
  wait("b");
  await advance(199);
  expect(turns).toEqual(["a"]);
  await advance(1);
  expect(turns).toEqual(["a", "b"]);
  await advance(10_000);
  wait("c");
  await advance(249);
  expect(turns).toEqual(["a", "b"]);
  await advance(1);
  expect(turns).toEqual(["a", "b", "c"]);
});

test("preferred requests come first, in order, and take the places of others", async () => {
  const { turns, refused, wait, advance } = queueOf(3);
  for (const name of ["a", "b", "c", "d"]) wait(name);
  wait("P", true);
  wait("Q", true);
  wait("R", true);
  wait("S", true);
  await advance(0);
  expect(refused.toSorted()).toEqual(["S", "a", "b", "c", "d"]);
  await advance(1_000);
  expect(turns).toEqual(["P", "Q", "R"]);
  wait("e");
  await advance(250);
  expect(turns).toEqual(["P", "Q", "R", "e"]);
});

test("closing turns away all waiting requests", async () => {
  const { queue, turns, refused, wait, advance } = queueOf(10);
  wait("a");
  wait("P", true);
  queue.close();
  await advance(1_000);
  expect(turns).toEqual([]);
  expect(refused.toSorted()).toEqual(["P", "a"]);
  expect(vi.getTimerCount()).toBe(0);
});
