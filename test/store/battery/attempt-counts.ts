import { describe, expect, it } from "vitest";
import type { Engine } from "./setup.ts";

const MINUTE_MS = 60_000;

export function failedAttemptTests({ name, setUp }: Engine): void {
  describe(`${name}: failed attempts`, () => {
    it("are counted together over several processes", async () => {
      const { store, open } = await setUp();
      const another = await open();
      const counts = await Promise.all(
        Array.from({ length: 40 }, (_, at) =>
          (at % 2 ? another : store).failedAttempts.count("keys", "192.0.2.1", MINUTE_MS),
        ),
      );
      expect(counts.map(({ attempts }) => attempts).sort((a, b) => a - b)).toEqual(
        counts.map((_, at) => at + 1),
      );
    });

    it("are counted separately by kind and address, for a minute from the first", async () => {
      const { store, clock } = await setUp();
      const { failedAttempts } = store;
      const windowEndsAt = clock.now + MINUTE_MS;
      expect(await failedAttempts.count("keys", "192.0.2.1", MINUTE_MS)).toEqual({
        attempts: 1,
        windowEndsAt,
      });
      expect(await failedAttempts.count("keys", "192.0.2.2", MINUTE_MS)).toMatchObject({ attempts: 1 });
      expect(await failedAttempts.count("setup links", "192.0.2.1", MINUTE_MS)).toMatchObject({
        attempts: 1,
      });
      clock.now += MINUTE_MS - 1;
      expect(await failedAttempts.count("keys", "192.0.2.1", MINUTE_MS)).toEqual({
        attempts: 2,
        windowEndsAt,
      });
      clock.now += 1;
      expect(await failedAttempts.count("keys", "192.0.2.1", MINUTE_MS)).toMatchObject({ attempts: 1 });
    });
  });
}
