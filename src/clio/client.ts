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
  /** Default `GET`. Any other method is repeated only after a 401. */
  readonly method?: "GET" | "POST" | "PATCH" | "DELETE";
  /** A path on Clio's host, for example `/api/v4/matters.json`, or the full URL of a following page as Clio returned it. */
  readonly path: string;
  /** An array is sent as `name[]=1&name[]=2`. */
  readonly params?: Readonly<Record<string, string | number | readonly number[]>>;
  /** Sent as JSON. */
  readonly body?: object;
  /** Don't retry even a GET, because it carries a nonce that Clio accepts only once. */
  readonly noRetry?: boolean;
  /** Parses the response body. */
  readonly schema: z.ZodType<T>;
  /** The permission whose absence makes Clio respond with 403, as the developer portal names it. */
  readonly permission: string;
}

/** Supplies the access tokens of one connected user. */
export interface TokenProvider {
  /** Returns an access token that hasn't expired. */
  getAccessToken(context: RequestContext): Promise<string>;
  /** Returns a new access token after Clio responded with 401 to `rejected`. */
  refreshAccessToken(rejected: string, context: RequestContext): Promise<string>;
}

/** Client for Clio's API v4 in one region. */
export interface ClioClient {
  /**
   * Sends a request and parses the response. Retries as docs/explanation/how-clio-behaves.md ("Errors") describes.
   * Throws `ClioError` (`ClioUnprocessableError` for a 422), `ClioPermissionError`, `ClioRateLimitedError`,
   * `ClioTimeoutError`, `NotFoundError`, or what the token provider throws.
   */
  request<T>(tokens: TokenProvider, request: ClioRequest<T>, context: RequestContext): Promise<T>;
  /** Closes the keep-alive connections. */
  close(): void;
}

const MAX_RETRIES = 2;
const FIRST_RETRY_MS = 100;
const RETRYABLE_STATUSES = new Set([429, 502, 503, 504]);
const MAX_RESPONSE_BYTES = 32 * 1024 * 1024;

/**
 * Every request to Clio's API goes through this client, so connections, tokens, timeouts, retries and rate limits are
 * handled in one place.
 * @param baseUrl Clio's host, for example `https://app.clio.com`
 * @param limits tracks Clio's rate limit, for this process or across all processes
 */
export function createClioClient(baseUrl: string, metrics: Metrics, limits: RateLimits): ClioClient {
  const httpAgent = new HttpAgent({ keepAlive: true });
  const httpsAgent = new HttpsAgent({ keepAlive: true });
  const http = axios.create({
    baseURL: baseUrl,
    httpAgent,
    httpsAgent,
    proxy: false,
    // Following a redirect would send the token to another host.
    maxRedirects: 0,
    maxContentLength: MAX_RESPONSE_BYTES,
    headers: { Accept: "application/json" },
    responseType: "text",
    transformResponse: (body: unknown) => body,
  });
  observeEachAttempt(http, metrics);
  axiosRetry(http, { retries: MAX_RETRIES });

  /** Waits for room in Clio's rate limit. Loops, because others waiting for the same window may take it all. */
  async function waitForRateLimit(accessToken: string, context: RequestContext): Promise<void> {
    for (;;) {
      const waitMs = await limits.take(accessToken, context.reservedRequests);
      if (waitMs === 0) return;
      if (waitMs >= context.remaining()) throw rateLimitedError(waitMs);
      await context.pause(waitMs);
    }
  }

  /** Sends the request with this token, as soon as the rate limit allows. */
  async function send<T>(
    accessToken: string,
    request: ClioRequest<T>,
    context: RequestContext,
  ): Promise<AxiosResponse<string>> {
    await waitForRateLimit(accessToken, context);
    const { method = "GET", path, params, body, noRetry = false } = request;
    return http.request<string>({
      method,
      url: path,
      params,
      data: body,
      headers: { Authorization: `Bearer ${accessToken}` },
      signal: context.signal,
      onAttempt(status, headers) {
        context.clioRequests += 1;
        if (status !== null) limits.record(accessToken, status, headers);
      },
      "axios-retry": {
        retries: MAX_RETRIES,
        retryCondition: (error) =>
          method === "GET" && !noRetry && isRetryable(error) && maxRetryDelayMs(error) < context.remaining(),
        retryDelay: (_, error) => retryDelayMs(error),
      },
    });
  }

  return {
    async request(tokens, request, context) {
      if (!isOnHost(baseUrl, request.path))
        throw new ClioError("Clio's response links to a page on another host.");
      try {
        const token = await tokens.getAccessToken(context);
        let response: AxiosResponse<string>;
        try {
          response = await send(token, request, context);
        } catch (error) {
          if (!(error instanceof AxiosError) || error.response?.status !== 401) throw error;
          response = await send(await tokens.refreshAccessToken(token, context), request, context);
        }
        return parseBody(response.data, request);
      } catch (error) {
        throw toServiceError(error, request, context);
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
    /** Called after each attempt with the response's status and headers; the status is null if none came. */
    onAttempt?: (status: number | null, headers: Readonly<Record<string, unknown>>) => void;
  }
}

/** Install this before axios-retry, so that it sees every attempt exactly once. */
function observeEachAttempt(http: AxiosInstance, metrics: Metrics): void {
  http.interceptors.response.use(
    (response) => {
      metrics.clioRequests.inc({ status: String(response.status) });
      response.config.onAttempt?.(response.status, response.headers);
      return response;
    },
    (error: unknown) => {
      if (error instanceof AxiosError) {
        const { response } = error;
        metrics.clioRequests.inc({ status: response ? String(response.status) : "none" });
        error.config?.onAttempt?.(response?.status ?? null, response?.headers ?? {});
      }
      throw error;
    },
  );
}

function parseBody<T>(body: string, request: ClioRequest<T>): T {
  let json: unknown;
  try {
    json = body === "" ? null : JSON.parse(body);
  } catch {
    // No `cause`: the parser's message quotes the text, which may contain client data.
    throw new ClioError("Clio's response isn't valid JSON.");
  }
  const parsed = request.schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const field = parsed.error.issues[0]?.path.map(String).join(".");
  throw new ClioError(`Clio's response has an unexpected format (at ${field || "the top level"}).`);
}

function isRetryable(error: AxiosError): boolean {
  const status = error.response?.status;
  return isNetworkError(error) || (status !== undefined && RETRYABLE_STATUSES.has(status));
}

/** Exponential backoff with jitter, so that many requests don't return at once; a 429 states its own delay. */
function retryDelayMs(error: AxiosError): number {
  const maxDelayMs = maxRetryDelayMs(error);
  return error.response?.status === 429 ? maxDelayMs : (maxDelayMs * (1 + Math.random())) / 2;
}

function maxRetryDelayMs(error: AxiosError): number {
  if (error.response?.status === 429) return retryAfter(error);
  return FIRST_RETRY_MS * 2 ** (error.config?.["axios-retry"]?.retryCount ?? 0);
}

/** Never keeps an axios error as the cause, because it contains the token. */
function toServiceError(error: unknown, request: ClioRequest<unknown>, context: RequestContext): unknown {
  if (context.signal.aborted)
    return new ClioTimeoutError("Clio didn't send every page needed before the deadline.");
  if (!(error instanceof AxiosError)) return error;
  const status = error.response?.status;
  switch (status) {
    case undefined:
      return new ClioError("Clio can't be reached.");
    case 401:
      return new ClioError("Clio rejected the access token, even after a refresh.");
    case 403:
      return new ClioPermissionError(
        `Clio denied access: the developer app or the connected user lacks the permission "${request.permission}".`,
      );
    case 404:
      return new NotFoundError(
        "Clio doesn't have this record, or the connected user isn't allowed to see it.",
      );
    case 422:
      return new ClioUnprocessableError("Clio rejected the data in the request.");
    case 429:
      return rateLimitedError(retryAfter(error));
    default:
      return new ClioError(`Clio responded with status ${status}.`);
  }
}

function rateLimitedError(waitMs: number): ClioRateLimitedError {
  return new ClioRateLimitedError("This connection has used up Clio's rate limit for the moment.", {
    retryAfter: Math.max(1, Math.ceil(waitMs / 1000)),
  });
}

/** Whether a path or URL stays on Clio's host. No other host may receive the token. */
function isOnHost(baseUrl: string, path: string): boolean {
  const base = new URL(baseUrl);
  return URL.canParse(path, baseUrl) && new URL(path, base).origin === base.origin;
}
