import { randomUUID } from "node:crypto";
import type { Request, RequestHandler, Response } from "express";
import type { Logger } from "pino";
import { pinoHttp } from "pino-http";
import type { Metrics } from "../runtime/metrics.ts";

/**
 * Writes one JSON line a request and counts it: request id, route (no query string), status, milliseconds, Clio
 * requests made, and the code of an error. Never a header, a parameter or a body (contract, "What an operator meets").
 */
export function requestLog(logger: Logger, metrics: Metrics): RequestHandler {
  return pinoHttp<Request, Response>({
    logger,
    genReqId(_, response) {
      const id = randomUUID();
      response.setHeader("X-Request-Id", id);
      return id;
    },
    // The library would log the request whole, headers and query string.
    serializers: { req: () => undefined, res: () => undefined },
    quietReqLogger: true,
    customAttributeKeys: { reqId: "request_id" },
    customLogLevel: (_, { statusCode }) =>
      statusCode === 500 ? "error" : statusCode > 500 ? "warn" : "info",
    customSuccessMessage: () => "request",
    customErrorMessage: () => "request",
    customSuccessObject: (request, response, { responseTime }) => line(request, response, responseTime),
    customErrorObject: (request, response, _, { responseTime }) => line(request, response, responseTime),
  }) as RequestHandler;

  function line(request: Request, response: Response, milliseconds: number): object {
    const { context, firmId, code, fault } = response.locals;
    const route = routeOf(request);
    const { method } = request;
    const status = response.statusCode;
    metrics.requests.observe({ route, method, status }, milliseconds / 1000);
    if (context?.source) metrics.directoryAnswers.inc({ source: context.source });
    return {
      method,
      route,
      status,
      ms: milliseconds,
      clio_requests: context?.clioRequests ?? 0,
      ...(context?.source && { directory: context.source }),
      ...(firmId && { firm: firmId }),
      ...(code && { code }),
      ...(fault && { fault }),
    };
  }
}

/** The route's own path; what a stranger typed instead of one is not kept. */
function routeOf(request: Request): string {
  const path: unknown = request.route?.path;
  return typeof path === "string" ? path : "(no route)";
}
