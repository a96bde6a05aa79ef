import { describe, expect, it } from "vitest";
import type { Engine } from "./setup.ts";

const MINUTE = 60_000;

export function wrongGuessTests({ name, setUp }: Engine): void {
  describe(`${name}: wrong guesses`, () => {
    it("are counted together, whichever store they come to", async () => {
      const { store, open } = await setUp();
      const another = await open();
      const counts = await Promise.all(
        Array.from({ length: 40 }, (_, at) =>
          (at % 2 ? another : store).failedAttempts.count("keys", "192.0.2.1", MINUTE),
        ),
      );
      expect(counts.map(({ guesses }) => guesses).sort((a, b) => a - b)).toEqual(
        counts.map((_, at) => at + 1),
      );
    });

    it("are counted apart by what was guessed and by address, for a minute from the first", async () => {
      const { store, clock } = await setUp();
      const { failedAttempts } = store;
      const until = clock.now + MINUTE;
      expect(await failedAttempts.count("keys", "192.0.2.1", MINUTE)).toEqual({ guesses: 1, until });
      expect(await failedAttempts.count("keys", "192.0.2.2", MINUTE)).toMatchObject({ guesses: 1 });
      expect(await failedAttempts.count("setup links", "192.0.2.1", MINUTE)).toMatchObject({ guesses: 1 });
      clock.now += MINUTE - 1;
      expect(await failedAttempts.count("keys", "192.0.2.1", MINUTE)).toEqual({ guesses: 2, until });
      clock.now += 1;
      expect(await failedAttempts.count("keys", "192.0.2.1", MINUTE)).toMatchObject({ guesses: 1 });
    });
  });
}
