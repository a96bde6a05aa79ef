import {
  ClioNotConnectedError,
  ClioPermissionError,
  ClioRateLimitedError,
  ClioUnprocessableError,
  NotFoundError,
  ServiceError,
} from "../errors.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** How long everything about the outbox takes, in milliseconds. */
export interface OutboxTimings {
  /** How often the firms are checked for something due. */
  readonly tickIntervalMs: number;
  /** If a process dies while it works on a firm, another one takes over after this time. */
  readonly leaseDurationMs: number;
  readonly leaseRenewalIntervalMs: number;
  /** Much shorter than the lease, so that no attempt outlives it. */
  readonly stepTimeoutMs: number;
  /**
   * After an attempt whose outcome is unknown, Clio isn't asked whether it succeeded before this: it may still be at it.
   * Longer than a lease lasts, so that it holds across processes.
   */
  readonly settleMs: number;
  /** The distance to the first retry. It doubles with each one. */
  readonly firstRetryMs: number;
  readonly maxRetryMs: number;
  /** For how long something that is due in Clio is tried. */
  readonly tryForMs: number;
  /** For how long nothing of a firm is tried after the first failure in a row. It doubles with each one. */
  readonly firstPauseMs: number;
  readonly maxPauseMs: number;
}

export const OUTBOX_TIMINGS: OutboxTimings = {
  tickIntervalMs: 2_000,
  leaseDurationMs: MINUTE_MS,
  leaseRenewalIntervalMs: 15_000,
  stepTimeoutMs: 20_000,
  settleMs: 90_000,
  firstRetryMs: MINUTE_MS,
  maxRetryMs: 6 * HOUR_MS,
  tryForMs: 7 * 24 * HOUR_MS,
  firstPauseMs: 1_000,
  maxPauseMs: 15 * MINUTE_MS,
};

/** What to do after a failure. */
export interface FailurePlan {
  /** The code of the error (docs/reference/errors.md). */
  readonly code: string;
  /** Whether Clio certainly created nothing. */
  readonly isUnsent: boolean;
  /** Whether the same call alone failed, so that the firm's other calls may go on at once. */
  readonly isAboutCall: boolean;
  /** How long until the call is tried again. */
  readonly retryInMs: number;
  /** Whether it counts as a failed try. */
  readonly isCounted: boolean;
}

/** @param attempts how often the step had failed before */
export function planAfterFailure(
  error: unknown,
  attempts: number,
  { firstRetryMs, maxRetryMs, settleMs }: OutboxTimings,
): FailurePlan {
  const code = error instanceof ServiceError ? error.code : "internal_error";
  if (error instanceof ClioRateLimitedError)
    return {
      code,
      isUnsent: true,
      isAboutCall: false,
      isCounted: false,
      retryInMs: (error.options.retryAfter ?? 1) * 1000,
    };
  const isAboutCall = error instanceof ClioUnprocessableError || error instanceof NotFoundError;
  const isUnsent =
    isAboutCall || error instanceof ClioPermissionError || error instanceof ClioNotConnectedError;
  const retryInMs = Math.min(maxRetryMs, firstRetryMs * 2 ** attempts);
  return {
    code,
    isUnsent,
    isAboutCall,
    isCounted: true,
    retryInMs: isUnsent ? retryInMs : Math.max(settleMs, retryInMs),
  };
}

/**
 * How long nothing of a firm is tried after failures that aren't about a single call.
 * @param failures how many there were in a row
 */
export function pauseMs(
  { isCounted, retryInMs }: FailurePlan,
  failures: number,
  { firstPauseMs, maxPauseMs }: OutboxTimings,
): number {
  return isCounted ? Math.min(maxPauseMs, firstPauseMs * 2 ** (failures - 1)) : retryInMs;
}
