import type { RequestHandler } from "express";
import type { Services } from "../../container.ts";
import { redactError } from "../../runtime/redact-error.ts";
import { withTimeout } from "../../runtime/timeout.ts";

/** A load balancer should know within 2 seconds. */
const PING_TIMEOUT_MS = 1_500;

/** `GET /readyz`: 200 if the store answers in time, otherwise 503 with the reason. */
export function readyz({ store }: Services): RequestHandler {
  return async (_, response) => {
    try {
      await withTimeout(store.ping(), PING_TIMEOUT_MS, () => {
        throw new PingTimeoutError();
      });
    } catch (error) {
      const fault = redactError(error);
      response.locals.fault = fault;
      const reason = `The database isn't responding (${fault.code ?? fault.name}).`;
      response.status(503).json({ status: "not ready", reason });
      return;
    }
    response.json({ status: "ready" });
  };
}

class PingTimeoutError extends Error {
  override readonly name = "PingTimeoutError";
  readonly code = "timeout";
}
