import type { RequestHandler } from "express";
import type { Services } from "../../container.ts";
import { redactError } from "../../runtime/redact-error.ts";
import { withTimeout } from "../../runtime/timeout.ts";

/** A load balancer has to know within 2 s (milliseconds). */
const PING_TIMEOUT_MS = 1_500;

/** `GET /readyz`: 200 when the store answers, 503 with the reason otherwise, and when it takes too long. */
export function readyz({ store }: Services): RequestHandler {
  return async (_, response) => {
    try {
      await withTimeout(store.ping(), PING_TIMEOUT_MS, () => {
        throw new StoreSilentError();
      });
    } catch (error) {
      response.locals.fault = redactError(error);
      const { name, code } = response.locals.fault;
      const reason = `The store does not answer (${code ?? name}).`;
      response.status(503).json({ status: "not ready", reason });
      return;
    }
    response.json({ status: "ready" });
  };
}

class StoreSilentError extends Error {
  override readonly name = "StoreSilentError";
  readonly code = "no answer in time";
}
