/**
 * Returns a function that calls `load` at most once in `maxAgeMs`. Calls at the same time share one load, and a failed load
 * isn't kept.
 *
 * @param now epoch milliseconds
 */
export function cached<T>(load: () => Promise<T>, maxAgeMs: number, now: () => number): () => Promise<T> {
  let latest: { value: Promise<T>; loadedAt: number } | null = null;
  return () => {
    if (latest && now() - latest.loadedAt < maxAgeMs) return latest.value;
    const entry = { value: load(), loadedAt: now() };
    latest = entry;
    entry.value.catch(() => {
      if (latest === entry) latest = null;
    });
    return entry.value;
  };
}
