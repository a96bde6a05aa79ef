import { randomUUID } from "node:crypto";
import type { Request, RequestHandler, Response } from "express";
import type { Level, Logger } from "pino";
import type { Metrics } from "../runtime/metrics.ts";

/** A load balancer sends several a second, which would bury every other line. */
const PROBE_ROUTES: ReadonlySet<string> = new Set(["/healthz", "/readyz"]);

/**
 * Gives each request an ID, counts it, and logs one JSON line when its response is complete or the connection has ended. The
 * line never contains a header, a parameter or a body (docs/reference/metrics-and-logs.md, "Requests").
 * A health check that succeeds is counted, but logged at level `debug` only.
 */
export function requestLog(log: Logger, metrics: Metrics): RequestHandler {
  return (request, response, next) => {
    const requestId = randomUUID();
    const startedAt = Date.now();
    response.locals.requestId = requestId;
    response.setHeader("X-Request-Id", requestId);
    response.on("error", ignoreError);
    response.on("close", () => logResponse(request, response, requestId, Date.now() - startedAt));
    next();
  };

  function logResponse(request: Request, response: Response, requestId: string, ms: number): void {
    const { context, firmId, problemCode, fault } = response.locals;
    const route = routePattern(request);
    const { method } = request;
    const { statusCode: status } = response;
    const source = context?.source;
    metrics.requests.observe({ route, method, status }, ms / 1000);
    if (source) metrics.directoryAnswers.inc({ source });
    const level = levelOf(route, status);
    if (!log.isLevelEnabled(level)) return;
    log[level](
      {
        request_id: requestId,
        method,
        route,
        status,
        ms,
        clio_requests: context?.clioRequests ?? 0,
        ...(source && { directory: source }),
        ...(firmId && { firm: firmId }),
        ...(problemCode && { code: problemCode }),
        ...(fault && { fault }),
      },
      "request",
    );
  }
}

/** Without a listener, an error while a response is written would end the process. The response's `close` follows. */
function ignoreError(): void {}

function levelOf(route: string, status: number): Level {
  if (status === 500) return "error";
  if (status > 500) return "warn";
  return status < 400 && PROBE_ROUTES.has(route) ? "debug" : "info";
}

/** The pattern, such as `/webhooks/clio/:webhook`. The requested address could contain anything, so it isn't logged. */
function routePattern(request: Request): string {
  const path: unknown = request.route?.path;
  return typeof path === "string" ? path : "(no route)";
}
