import { ClioRateLimitedError } from "../errors.ts";
import type { Mirror } from "../store/repositories/mirror.ts";

const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 60_000;
/** A page that has failed this often is probably one that Clio no longer knows. */
const MAX_ATTEMPTS_PER_PAGE = 4;

/**
 * How long to wait before a failed step is retried: as long as Clio says after a used-up rate limit, otherwise doubling up
 * to a minute.
 * @param failures how many times in a row the step had failed before
 * @returns milliseconds
 */
export function retryDelayMs(error: unknown, failures: number): number {
  if (error instanceof ClioRateLimitedError) return (error.options.retryAfter ?? 1) * 1000;
  return Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** failures);
}

/** Whether Clio has rejected the next page so often that the kind of record should restart at its first page. */
export function isPageLost({ fullSync, lastErrorCode, failures }: Mirror): boolean {
  if (!fullSync || fullSync.next === null || lastErrorCode !== "clio_error") return false;
  return failures > 0 && failures % MAX_ATTEMPTS_PER_PAGE === 0;
}

/**
 * Whether to log another failure: the first, second, fourth, eighth and so on, because an outage can last for hours.
 * @param failures how many times in a row it had failed before
 */
export function shouldLogFailure(failures: number): boolean {
  return Number.isInteger(Math.log2(failures + 1));
}
