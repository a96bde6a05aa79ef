import { describe, expect, it } from "vitest";
import { type AttemptCounts, inMemoryAttemptCounts } from "../../../src/store/coordination/attempt-counts.ts";
import type { Engine } from "./setup.ts";

const MINUTE_MS = 60_000;

export function attemptCountTests({ name, setUp }: Engine): void {
  const inDatabase = async () => {
    const { store, clock, open } = await setUp();
    return { counts: store.attemptCounts, clock, open: async () => (await open()).attemptCounts };
  };
  const inMemory = async () => {
    const clock = { now: 1_000_000 };
    const counts = inMemoryAttemptCounts(() => clock.now);
    return { counts, clock, open: async () => counts };
  };

  describe.each([
    [`${name}: attempt counts`, inDatabase],
    ["attempt counts in memory", inMemory],
  ])("%s", (_, setUpCounts) => {
    it("include the attempts at every process", async () => {
      const { counts, open } = await setUpCounts();
      const another = await open();
      const counted = await Promise.all(
        Array.from({ length: 40 }, (_, at) =>
          (at % 2 ? another : counts).count("keys", "192.0.2.1", MINUTE_MS),
        ),
      );
      expect(counted.map(({ attempts }) => attempts).sort((a, b) => a - b)).toEqual(
        counted.map((_, at) => at + 1),
      );
    });

    it("are separate for each kind and key, and start again a minute after the first attempt", async () => {
      const { counts, clock } = await setUpCounts();
      const windowEndsAt = clock.now + MINUTE_MS;
      expect(await counts.count("keys", "192.0.2.1", MINUTE_MS)).toEqual({ attempts: 1, windowEndsAt });
      expect(await counts.count("keys", "192.0.2.2", MINUTE_MS)).toMatchObject({ attempts: 1 });
      expect(await counts.count("setup links", "192.0.2.1", MINUTE_MS)).toMatchObject({ attempts: 1 });
      clock.now += MINUTE_MS - 1;
      expect(await counts.count("keys", "192.0.2.1", MINUTE_MS)).toEqual({ attempts: 2, windowEndsAt });
      clock.now += 1;
      expect(await counts.count("keys", "192.0.2.1", MINUTE_MS)).toEqual({
        attempts: 1,
        windowEndsAt: windowEndsAt + MINUTE_MS,
      });
      clock.now += 1;
      expect(await counts.count("keys", "192.0.2.1", MINUTE_MS)).toMatchObject({ attempts: 2 });
    });

    it("can be read without counting", async () => {
      const { counts, clock } = await setUpCounts();
      const peek = () => counts.peek("keys", "192.0.2.1");
      expect(await peek()).toBeNull();
      const counted = await counts.count("keys", "192.0.2.1", MINUTE_MS);
      expect(await peek()).toEqual(counted);
      expect(await peek()).toEqual(counted);
      expect(await counts.peek("keys", "192.0.2.2")).toBeNull();
      clock.now += MINUTE_MS;
      expect(await peek()).toBeNull();
    });

    it("go down when an attempt is taken back, never below zero, and keep their window", async () => {
      const { counts, clock } = await setUpCounts();
      const count = () => counts.count("clicks", "350", MINUTE_MS);
      await counts.takeBack("clicks", "350");
      const { windowEndsAt } = await count();
      await count();
      await counts.takeBack("clicks", "350");
      expect(await counts.peek("clicks", "350")).toEqual({ attempts: 1, windowEndsAt });
      await counts.takeBack("clicks", "350");
      await counts.takeBack("clicks", "350");
      expect(await count()).toEqual({ attempts: 1, windowEndsAt });
      clock.now += MINUTE_MS;
      await counts.takeBack("clicks", "350");
      expect(await count()).toMatchObject({ attempts: 1 });
    });

    it("are correct if attempts are taken back at the same time", async () => {
      const { counts, open } = await setUpCounts();
      const another = await open();
      const attempt = async (at: AttemptCounts, isTakenBack: boolean) => {
        await at.count("clicks", "350", MINUTE_MS);
        if (isTakenBack) await at.takeBack("clicks", "350");
      };
      await Promise.all(
        Array.from({ length: 30 }, (_, at) => attempt(at % 2 ? another : counts, at % 3 === 0)),
      );
      expect(await counts.peek("clicks", "350")).toMatchObject({ attempts: 20 });
    });
  });
}
