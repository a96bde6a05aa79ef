import { hash } from "node:crypto";
import type { Kysely } from "kysely";
import { LRUCache } from "lru-cache";
import type { Schema } from "../db/schema.ts";

/** The attempts of one kind with one key, in the current window. */
export interface AttemptCount {
  readonly attempts: number;
  /** Milliseconds since 1970. */
  readonly windowEndsAt: number;
}

/** Counts attempts in windows of time. The first attempt starts a window. */
export interface AttemptCounts {
  /**
   * Counts an attempt.
   *
   * @param kind what was attempted; each kind is counted separately
   * @param key what attempts are counted by, such as the address they came from
   */
  count(kind: string, key: string, windowMs: number): Promise<AttemptCount>;
  /** Takes back an attempt that was counted but turned out well. Has no effect once its window has ended. */
  takeBack(kind: string, key: string): Promise<void>;
  /** Reads the count without changing it; null if nothing was counted in a current window. */
  peek(kind: string, key: string): Promise<AttemptCount | null>;
}

const CLEANUP_INTERVAL_MS = 60_000;

/**
 * Counts attempts for all processes together. Keys are stored as hashes.
 *
 * @param now the clock, in milliseconds since 1970
 */
export function createAttemptCounts(db: Kysely<Schema>, now: () => number): AttemptCounts {
  let cleanedUpAt = Number.NEGATIVE_INFINITY;

  async function cleanUp(at: number): Promise<void> {
    if (at - cleanedUpAt < CLEANUP_INTERVAL_MS) return;
    cleanedUpAt = at;
    await db.deleteFrom("wrong_guesses").where("until", "<=", at).execute();
  }

  return {
    async count(kind, key, windowMs) {
      const at = now();
      await cleanUp(at);
      return db
        .insertInto("wrong_guesses")
        .values({ id: idOf(kind, key), guesses: 1, until: at + windowMs })
        .onConflict((conflict) =>
          conflict.column("id").doUpdateSet(({ eb, ref }) => {
            const hasEnded = eb("wrong_guesses.until", "<=", at);
            return {
              guesses: eb
                .case()
                .when(hasEnded)
                .then(eb.cast<number>(eb.val(1), "bigint"))
                .else(eb("wrong_guesses.guesses", "+", 1))
                .end(),
              until: eb
                .case()
                .when(hasEnded)
                .then(eb.cast<number>(eb.val(at + windowMs), "bigint"))
                .else(ref("wrong_guesses.until"))
                .end(),
            };
          }),
        )
        .returning(["guesses as attempts", "until as windowEndsAt"])
        .executeTakeFirstOrThrow();
    },

    async takeBack(kind, key) {
      await db
        .updateTable("wrong_guesses")
        .set(({ eb }) => ({ guesses: eb("guesses", "-", 1) }))
        .where("id", "=", idOf(kind, key))
        .where("guesses", ">", 0)
        .where("until", ">", now())
        .execute();
    },

    async peek(kind, key) {
      const row = await db
        .selectFrom("wrong_guesses")
        .select(["guesses as attempts", "until as windowEndsAt"])
        .where("id", "=", idOf(kind, key))
        .where("until", ">", now())
        .executeTakeFirst();
      return row ?? null;
    },
  };
}

/** Bounds the memory that an attacker with many addresses can fill; the keys that were counted last stay. */
const MAX_KEYS_IN_MEMORY = 100_000;

/**
 * Counts attempts of a single process, in memory: an attack must not cost a write to the disk for each request.
 *
 * @param now the clock, in milliseconds since 1970
 */
export function inMemoryAttemptCounts(now: () => number): AttemptCounts {
  const counts = new LRUCache<string, AttemptCount>({ max: MAX_KEYS_IN_MEMORY });

  function current(id: string): AttemptCount | null {
    const found = counts.get(id);
    return found && found.windowEndsAt > now() ? found : null;
  }

  return {
    async count(kind, key, windowMs) {
      const id = idOf(kind, key);
      const { attempts, windowEndsAt } = current(id) ?? { attempts: 0, windowEndsAt: now() + windowMs };
      const counted = { attempts: attempts + 1, windowEndsAt };
      counts.set(id, counted);
      return counted;
    },

    async takeBack(kind, key) {
      const id = idOf(kind, key);
      const found = current(id);
      if (found && found.attempts > 0) counts.set(id, { ...found, attempts: found.attempts - 1 });
    },

    async peek(kind, key) {
      return current(idOf(kind, key));
    },
  };
}

function idOf(kind: string, key: string): string {
  return hash("sha256", `${kind} ${key}`, "base64url");
}
