/** A pseudo-random number generator. The same seed gives the same numbers, so that generated firms are reproducible. */
export interface Random {
  /** From 0 (inclusive) to 1 (exclusive). */
  next(): number;
  /** An integer from `min` to `max`, both inclusive. */
  integer(min: number, max: number): number;
  chance(probability: number): boolean;
  /** A random item. Throws for an empty list. */
  pick<T>(items: readonly T[]): T;
}

/** mulberry32: fast, with 32 bits of state. Not for anything secret. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
  const integer = (min: number, max: number) => min + Math.floor(next() * (max - min + 1));
  return {
    next,
    integer,
    chance: (probability) => next() < probability,
    pick(items) {
      if (items.length === 0) throw new RangeError("nothing to pick from");
      return items[integer(0, items.length - 1)] as (typeof items)[number];
    },
  };
}

/** Picks items with the given relative weights. Throws for an empty list. */
export function weighted<T>(choices: readonly (readonly [item: T, weight: number])[]): (random: Random) => T {
  let sum = 0;
  const cumulative = choices.map(([item, weight]) => {
    sum += weight;
    return { item, sum };
  });
  const last = cumulative.at(-1);
  if (!last) throw new RangeError("nothing to pick from");
  return (random) => {
    const point = random.next() * sum;
    let low = 0;
    let high = cumulative.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((cumulative[middle] ?? last).sum > point) high = middle;
      else low = middle + 1;
    }
    return (cumulative[low] ?? last).item;
  };
}

/** The same items in random order. */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  const result = [...items];
  for (let last = result.length - 1; last > 0; last -= 1) {
    const index = random.integer(0, last);
    [result[index], result[last]] = [result[last] as T, result[index] as T];
  }
  return result;
}

/** Picks items as names are distributed (Zipf): each less often than the one before, with a flattened top. */
export function zipf<T>(items: readonly T[]): (random: Random) => T {
  return weighted(items.map((item, rank) => [item, 1 / (rank + 5)] as const));
}
