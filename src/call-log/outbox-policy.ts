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
/** For how long something that is due in Clio is tried. */
export const TRY_FOR_MS = 7 * 24 * HOUR_MS;
/**
 * After an attempt whose outcome is unknown, Clio isn't asked whether it succeeded before this: it may still be at it. Longer
 * than a lease lasts, so that it holds across processes.
 */
export const SETTLE_MS = 90_000;
const MAX_RETRY_MS = 6 * HOUR_MS;
const FIRST_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 15 * MINUTE_MS;

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
export function planAfterFailure(error: unknown, attempts: number): FailurePlan {
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
  const retryInMs = Math.min(MAX_RETRY_MS, MINUTE_MS * 2 ** attempts);
  return {
    code,
    isUnsent,
    isAboutCall,
    isCounted: true,
    retryInMs: isUnsent ? retryInMs : Math.max(SETTLE_MS, retryInMs),
  };
}

/**
 * How long nothing of a firm is tried after failures that aren't about a single call.
 * @param failures how many there were in a row
 */
export function pauseMs({ isCounted, retryInMs }: FailurePlan, failures: number): number {
  return isCounted ? Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1)) : retryInMs;
}
