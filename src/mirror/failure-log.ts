import type { Logger } from "pino";
import { ServiceError } from "../errors.ts";
import { redactError } from "../runtime/redact-error.ts";

/**
 * Logs a failure of background work (docs/reference/metrics-and-logs.md, "Background work").
 * @param firm null if the work concerns all firms
 */
export type LogFailure = (firm: string | null, step: string, error: unknown) => void;

/** @param closing once aborted, nothing is logged: work that is interrupted by a shutdown hasn't failed */
export function createFailureLog(log: Logger, closing: AbortSignal): LogFailure {
  return (firm, step, error) => {
    if (closing.aborted) return;
    if (error instanceof ServiceError) log.warn({ firm, step, code: error.code }, "mirror");
    else log.error({ firm, step, fault: redactError(error) }, "mirror");
  };
}
