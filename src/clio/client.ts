import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import axios, { AxiosError, type AxiosInstance, type AxiosResponse } from "axios";
import axiosRetry, { isNetworkError, retryAfter } from "axios-retry";
import type { z } from "zod";
import {
  ClioError,
  ClioPermissionError,
  ClioRateLimitedError,
  ClioTimeoutError,
  ClioUnprocessableError,
  NotFoundError,
} from "../errors.ts";
import type { Metrics } from "../runtime/metrics.ts";
import type { RequestContext } from "../runtime/request-context.ts";
import type { RateLimits } from "./rate-limits.ts";

/** One request to Clio's API. */
export interface ClioRequest<T> {
  /** Default `GET`; nothing else is ever sent a second time, but after a 401. */
  readonly method?: "GET" | "POST" | "PATCH" | "DELETE";
  /** Below the host, for example `/api/v4/matters.json`; or the full URL of a following page, as Clio gave it. */
  readonly path: string;
  /** Several values are sent as `name[]=1&name[]=2`. */
  readonly params?: Readonly<Record<string, string | number | readonly number[]>>;
  /** Sent as JSON. */
  readonly body?: object;
  /** Not even a GET is tried again: it carries a nonce that Clio accepts once. */
  readonly noRetry?: boolean;
  /** What the answer has to look like, and what becomes of it. */
  readonly schema: z.ZodType<T>;
  /** The permission without which Clio answers 403, in the words of Clio's developer portal. */
  readonly permission: string;
}

/** In whose name a request is made. */
export interface TokenProvider {
  /** An access token that has not expired. */
  accessToken(context: RequestContext): Promise<string>;
  /** Another one, after Clio answered 401 to `refused`. */
  refreshedToken(refused: string, context: RequestContext): Promise<string>;
}

/** Clio's API v4, for one region. */
export interface ClioClient {
  /**
   * Sends one request, again where that is safe and the context allows it, and parses what comes back.
   * Throws `ClioError` (`ClioUnprocessable` for a 422), `ClioPermission`, `ClioRateLimited`, `ClioTimeout`, `NotFound`,
   * or what the identity throws.
   */
  request<T>(identity: TokenProvider, request: ClioRequest<T>, context: RequestContext): Promise<T>;
  /** Closes the connections that are kept alive. */
  close(): void;
}

const MAX_RETRIES = 2;
const FIRST_PAUSE_MS = 100;
const TEMPORARY = new Set([502, 503, 504]);
const MAX_RESPONSE_BYTES = 32 * 1024 * 1024;

/**
 * Makes the one door to Clio's API: keep-alive connections, the token, time-outs, retries and limits in one place.
 * @param baseUrl Clio's host, for example `https://app.clio.com`
 * @param limits what Clio's limit has left, in this process or in all of them
 */
export function createClioClient(baseUrl: string, metrics: Metrics, limits: RateLimits): ClioClient {
  const httpAgent = new HttpAgent({ keepAlive: true });
  const httpsAgent = new HttpsAgent({ keepAlive: true });
  const http = axios.create({
    baseURL: baseUrl,
    httpAgent,
    httpsAgent,
    proxy: false,
    // A redirect would carry the token to wherever it points.
    maxRedirects: 0,
    maxContentLength: MAX_RESPONSE_BYTES,
    headers: { Accept: "application/json" },
    responseType: "text",
    transformResponse: (body: unknown) => body,
  });
  countEachAttempt(http, metrics);
  axiosRetry(http, { retries: MAX_RETRIES });

  /** Waits for Clio's limit, where the context allows: it opens for many who wait, and not for all of them. */
  async function taken(accessToken: string, context: RequestContext): Promise<void> {
    for (;;) {
      const wait = await limits.take(accessToken, context.reservedRequests);
      if (wait === 0) return;
      if (wait >= context.remaining()) throw rateLimited(wait);
      await context.pause(wait);
    }
  }

  /** Sends the request with one token, once Clio's limit has room for it. */
  async function send<T>(
    accessToken: string,
    request: ClioRequest<T>,
    context: RequestContext,
  ): Promise<AxiosResponse<string>> {
    await taken(accessToken, context);
    const { method = "GET", path, params, body, noRetry = false } = request;
    return http.request<string>({
      method,
      url: path,
      params,
      data: body,
      headers: { Authorization: `Bearer ${accessToken}` },
      signal: context.signal,
      onAnswer(status, headers) {
        context.clioRequests += 1;
        if (status !== null) limits.record(accessToken, status, headers);
      },
      "axios-retry": {
        retries: MAX_RETRIES,
        retryCondition: (error) =>
          method === "GET" && !noRetry && isTemporary(error) && longestPause(error) < context.remaining(),
        retryDelay: (_, error) => pauseBefore(error),
      },
    });
  }

  return {
    async request(identity, request, context) {
      if (!isBelow(baseUrl, request.path))
        throw new ClioError("Clio's answer points to a page on another host.");
      try {
        const token = await identity.accessToken(context);
        let response: AxiosResponse<string>;
        try {
          response = await send(token, request, context);
        } catch (error) {
          if (!(error instanceof AxiosError) || error.response?.status !== 401) throw error;
          response = await send(await identity.refreshedToken(token, context), request, context);
        }
        return read(response.data, request);
      } catch (error) {
        throw faultOf(error, request, context);
      }
    },

    close() {
      httpAgent.destroy();
      httpsAgent.destroy();
    },
  };
}

declare module "axios" {
  interface AxiosRequestConfig {
    /** Told of each attempt: the status and headers that came back, or null when nothing did. */
    onAnswer?: (status: number | null, headers: Readonly<Record<string, unknown>>) => void;
  }
}

/** Counts every attempt, retries included: installed before the retries are. */
function countEachAttempt(http: AxiosInstance, metrics: Metrics): void {
  http.interceptors.response.use(
    (response) => {
      metrics.clioRequests.inc({ status: String(response.status) });
      response.config.onAnswer?.(response.status, response.headers);
      return response;
    },
    (error: unknown) => {
      if (error instanceof AxiosError) {
        const { response } = error;
        metrics.clioRequests.inc({ status: response ? String(response.status) : "none" });
        error.config?.onAnswer?.(response?.status ?? null, response?.headers ?? {});
      }
      throw error;
    },
  );
}

function read<T>(body: string, request: ClioRequest<T>): T {
  let json: unknown;
  try {
    json = body === "" ? null : JSON.parse(body);
  } catch {
    // No cause: the parser quotes the text, which may be about a client.
    throw new ClioError("Clio's answer is not JSON.");
  }
  const parsed = request.schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues[0]?.path.map(String).join(".");
  throw new ClioError(`Clio's answer is not of the expected form (at ${where || "the top"}).`);
}

/** Worth another try: the network failed, Clio was briefly away, or its limit opens again soon (clio-facts, Requests). */
function isTemporary(error: AxiosError): boolean {
  const status = error.response?.status;
  return isNetworkError(error) || (status !== undefined && (TEMPORARY.has(status) || status === 429));
}

/** Doubles with each try and is jittered, so that many callers do not come back at once; a 429 says itself how long. */
function pauseBefore(error: AxiosError): number {
  return error.response?.status === 429 ? retryAfter(error) : (longestPause(error) * (1 + Math.random())) / 2;
}

function longestPause(error: AxiosError): number {
  if (error.response?.status === 429) return retryAfter(error);
  return FIRST_PAUSE_MS * 2 ** (error.config?.["axios-retry"]?.retryCount ?? 0);
}

/** What a failed request means. An axios error is not kept as a cause: it carries the token. */
function faultOf(error: unknown, request: ClioRequest<unknown>, context: RequestContext): unknown {
  if (context.signal.aborted)
    return new ClioTimeoutError("Clio did not answer, or not with every page needed, in time.");
  if (!(error instanceof AxiosError)) return error;
  const status = error.response?.status;
  switch (status) {
    case undefined:
      return new ClioError("Clio cannot be reached.");
    case 401:
      return new ClioError("Clio does not accept the access token, not even a new one.");
    case 403:
      return new ClioPermissionError(
        `Clio refuses the request: the developer app, or the connected user, lacks the permission "${request.permission}".`,
      );
    case 404:
      return new NotFoundError("Clio has no such record, or the connected user may not see it.");
    case 422:
      return new ClioUnprocessableError("Clio does not accept what was sent.");
    case 429:
      return rateLimited(retryAfter(error));
    default:
      return new ClioError(`Clio answered with status ${status}.`);
  }
}

function rateLimited(wait: number): ClioRateLimitedError {
  return new ClioRateLimitedError("Clio allows no further request with this connection for the moment.", {
    retryAfter: Math.max(1, Math.ceil(wait / 1000)),
  });
}

/** Whether a path or URL stays on Clio's host; only such a one may see the token. */
function isBelow(baseUrl: string, path: string): boolean {
  const base = new URL(baseUrl);
  return URL.canParse(path, baseUrl) && new URL(path, base).origin === base.origin;
}
