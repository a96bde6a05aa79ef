/** A measured value, with its target. */
export interface Measurement {
  readonly name: string;
  readonly value: number;
  /** `ms`, `MB` and so on; empty for a count. */
  readonly unit: string;
  readonly target?: { readonly atMost: number } | { readonly atLeast: number };
}

/** Whether the value meets its target; null when it has none. */
export function meetsTarget({ value, target }: Measurement): boolean | null {
  if (!target) return null;
  return "atMost" in target ? value <= target.atMost : value >= target.atLeast;
}

/**
 * A quantile of the samples: 0.5 is the median, 0.99 the 99th percentile, 1 the maximum.
 * @throws RangeError when there are no samples
 */
export function quantile(samples: readonly number[], q: number): number {
  const sorted = samples.toSorted((one, other) => one - other);
  const value = sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)];
  if (value === undefined) throw new RangeError("no samples were measured");
  return value;
}
