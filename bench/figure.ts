/** One thing that was measured, and what it should be. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  /** `ms`, `MB`; empty for a count. */
  readonly unit: string;
  readonly target?: { readonly atMost: number } | { readonly atLeast: number };
}

/** Whether the figure is what it should be; null where nothing was asked of it. */
export function isMet({ value, target }: Figure): boolean | null {
  if (!target) return null;
  return "atMost" in target ? value <= target.atMost : value >= target.atLeast;
}

/**
 * The value below which that part of the samples lies: 0.5 is the median, 1 the largest.
 * Throws for no samples, which have none.
 */
export function quantile(samples: readonly number[], part: number): number {
  const sorted = samples.toSorted((one, other) => one - other);
  const value = sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)];
  if (value === undefined) throw new RangeError("nothing was measured");
  return value;
}
