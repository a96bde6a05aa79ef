import type { RequestHandler } from "express";
import type { Services } from "../../container.ts";

/** `GET /metrics`: Prometheus text. */
export function metricsRoute({ metrics: { registry } }: Services): RequestHandler {
  return async (_, response) => {
    response.set("Content-Type", registry.contentType).send(await registry.metrics());
  };
}
