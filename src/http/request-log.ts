import { randomUUID } from "node:crypto";
import type { Request, RequestHandler, Response } from "express";
import type { Logger } from "pino";
import { pinoHttp } from "pino-http";
import type { Metrics } from "../runtime/metrics.ts";

/** A load balancer sends several a second, which would bury every other line. */
const PROBE_ROUTES: ReadonlySet<string> = new Set(["/healthz", "/readyz"]);

/**
 * Logs one JSON line for each request, and counts the request. The line never contains a header, a parameter or a body
 * (docs/reference/metrics-and-logs.md, "Requests").
 * A health check that succeeds is counted, but logged at level `debug` only.
 */
export function requestLog(logger: Logger, metrics: Metrics): RequestHandler {
  return pinoHttp<Request, Response>({
    logger,
    genReqId(_, response) {
      const id = randomUUID();
      response.setHeader("X-Request-Id", id);
      return id;
    },
    // By default the library logs the whole request, headers and query string included.
    serializers: { req: () => undefined, res: () => undefined },
    quietReqLogger: true,
    customAttributeKeys: { reqId: "request_id" },
    customLogLevel: (request, { statusCode }) => {
      if (statusCode === 500) return "error";
      if (statusCode > 500) return "warn";
      return statusCode < 400 && PROBE_ROUTES.has(routePattern(request)) ? "debug" : "info";
    },
    customSuccessMessage: () => "request",
    customErrorMessage: () => "request",
    customSuccessObject: (request, response, { responseTime }) => record(request, response, responseTime),
    customErrorObject: (request, response, _, { responseTime }) => record(request, response, responseTime),
  }) as RequestHandler;

  function record(request: Request, response: Response, durationMs: number): object {
    const { context, firmId, problemCode, fault } = response.locals;
    const route = routePattern(request);
    const { method } = request;
    const status = response.statusCode;
    metrics.requests.observe({ route, method, status }, durationMs / 1000);
    if (context?.source) metrics.directoryAnswers.inc({ source: context.source });
    return {
      method,
      route,
      status,
      ms: durationMs,
      clio_requests: context?.clioRequests ?? 0,
      ...(context?.source && { directory: context.source }),
      ...(firmId && { firm: firmId }),
      ...(problemCode && { code: problemCode }),
      ...(fault && { fault }),
    };
  }
}

/** The pattern, such as `/webhooks/clio/:webhook`. The requested address could contain anything, so it isn't logged. */
function routePattern(request: Request): string {
  const path: unknown = request.route?.path;
  return typeof path === "string" ? path : "(no route)";
}
