/** Numbers that look random and are the same for the same seed, so that an invented firm can be invented again. */
export interface Random {
  /** From 0 up to, and without, 1. */
  next(): number;
  /** A whole number from `min` to `max`, both included. */
  integer(min: number, max: number): number;
  chance(probability: number): boolean;
  /** Throws for an empty list. */
  pick<T>(items: readonly T[]): T;
}

/** mulberry32: 32 bits of state, fast, and even enough for invented people. Not for anything secret. */
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

/** Picks by weight: `[item, weight]`. */
export function weighted<T>(choices: readonly (readonly [item: T, weight: number])[]): (random: Random) => T {
  let sum = 0;
  const upTo = choices.map(([item, weight]) => {
    sum += weight;
    return { item, sum };
  });
  const last = upTo.at(-1);
  if (!last) throw new RangeError("nothing to pick from");
  return (random) => {
    const point = random.next() * sum;
    let low = 0;
    let high = upTo.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((upTo[middle] ?? last).sum > point) high = middle;
      else low = middle + 1;
    }
    return (upTo[low] ?? last).item;
  };
}

/** The same items in an order of chance. */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  const mixed = [...items];
  for (let last = mixed.length - 1; last > 0; last -= 1) {
    const at = random.integer(0, last);
    [mixed[at], mixed[last]] = [mixed[last] as T, mixed[at] as T];
  }
  return mixed;
}

/** As names are distributed: the second half as often as the first, and so on (Zipf), flattened at the top. */
export function zipf<T>(items: readonly T[]): (random: Random) => T {
  return weighted(items.map((item, rank) => [item, 1 / (rank + 5)] as const));
}
