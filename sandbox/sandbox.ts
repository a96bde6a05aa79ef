import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import express, { type Express } from "express";
import { api } from "./api/api.ts";
import { type Click, CustomActionLinks } from "./api/custom-actions/custom-action-links.ts";
import { CustomActionNonces } from "./api/custom-actions/custom-action-nonces.ts";
import { CustomActions } from "./api/custom-actions/custom-actions.ts";
import { type WebhookOptions, Webhooks } from "./api/webhooks/webhooks.ts";
import { changesControl } from "./control-api/changes.ts";
import { faultsControl } from "./control-api/faults.ts";
import { webhooksControl } from "./control-api/webhooks.ts";
import { type Fault, FaultInjector } from "./fault-injector.ts";
import { exampleFirm } from "./firms/example-firm.ts";
import type { Firm } from "./firms/firm.ts";
import { FirmChanges } from "./firms/firm-changes.ts";
import { FirmRecords } from "./firms/firm-records.ts";
import { ViewerLookup } from "./firms/viewer-lookup.ts";
import { bearerToken } from "./oauth/bearer-token.ts";
import { Grants, type IssuedTokens } from "./oauth/grants.ts";
import { oauth } from "./oauth/oauth.ts";
import { pages } from "./pages/pages.ts";
import { RateLimit } from "./rate-limit.ts";
import { type RecordedRequest, RequestLog } from "./request-log.ts";

export interface SandboxOptions {
  /** Default 0: any free port. The host is 127.0.0.1. */
  port?: number;
  /** Default `sandbox-client`. */
  clientId?: string;
  /** Default `sandbox-secret`. */
  clientSecret?: string;
  /** Exact URIs. Default: any loopback URL. */
  redirectUris?: string[];
  /** Default: only the example firm, with calendar entries around the present time. */
  firms?: Firm[];
  /** Lifetime of access tokens; default 2592000, as Clio documents it. */
  tokenLifetimeSeconds?: number;
  /** Per access token; default 50, Clio's limit in peak hours. Infinity turns the limit off. */
  requestsPerMinute?: number;
  /** The sandbox's clock, in milliseconds since 1970; default `Date.now`. The `Date` header follows it. */
  now?: () => number;
  /** Where and how webhooks are delivered. */
  webhooks?: WebhookOptions;
}

/** A running stand-in for Clio Manage. */
export interface Sandbox {
  /** `http://127.0.0.1:PORT`, which serves OAuth, the API and the pages (`/`). */
  readonly url: string;
  readonly firms: readonly Firm[];
  /** The last 10,000 requests, oldest first, without requests for pages. */
  readonly requests: readonly RecordedRequest[];
  /** Requests so far, by path (`/api/v4/contacts`, `/api/v4/contacts/:id`, `/oauth/token`). Callers may clear it. */
  readonly counts: Map<string, number>;
  /** Injects a fault into the next matching request, or the next `times` of them. */
  fault(fault: Fault): void;
  clearFaults(): void;
  /** Expires every access token, so that it gets 401. Refresh tokens stay valid. */
  expireTokens(): void;
  /** Revokes the user's grants: access tokens get 401, refresh tokens `invalid_grant`. */
  revoke(userId: number): void;
  /** Infinity turns the limit off. */
  setRequestsPerMinute(requests: number): void;
  /** Applies to access tokens issued from now on. */
  setTokenLifetime(seconds: number): void;
  /** Issues tokens as `POST /oauth/token` would, without the OAuth flow. Throws for an unknown user. */
  issueToken(userId: number): IssuedTokens;
  /** The app's custom actions. Tests can add some without the API. */
  readonly customActions: CustomActions;
  /**
   * Clicks a custom action in a record's menu. Returns the URL that Clio opens in a new tab, with a fresh nonce.
   * Throws when the user has no such custom action.
   */
  click(click: Click): string;
  /** Changes a firm's records and triggers webhooks. Default: the first firm. Throws for an unknown account. */
  changes(accountId?: number): FirmChanges;
  /** The app's webhooks, the log of deliveries, and ways to delay, repeat, reorder or drop them. */
  readonly webhooks: Webhooks;
  /** Stops deliveries, closes every connection and stops listening. */
  close(): Promise<void>;
}

/** Starts a sandbox. Rejects when the port is taken or two users have the same ID. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const now = options.now ?? Date.now;
  const firms = options.firms ?? [exampleFirm({ nowMs: now() })];
  const records = firms.map((firm) => new FirmRecords(firm));
  const viewers = new ViewerLookup(records);
  const grants = new Grants(options.tokenLifetimeSeconds ?? 2_592_000, now);
  const rateLimit = new RateLimit(options.requestsPerMinute ?? 50, now);
  const customActions = new CustomActions(now);
  const nonces = new CustomActionNonces(now);
  const links = new CustomActionLinks(customActions, nonces);
  const webhooks = new Webhooks(viewers, now, options.webhooks);
  const changes = records.map((each) => new FirmChanges(each, viewers, now, webhooks.publish.bind(webhooks)));
  const changesOf = (accountId = firms[0]?.account.id) => {
    const found = changes.find(({ account }) => account.id === accountId);
    if (!found) throw new Error(`this sandbox has no firm with account ${accountId}`);
    return found;
  };
  const faults = new FaultInjector();
  const log = new RequestLog(now, (request) => grants.find(bearerToken(request))?.grant.userId ?? null);

  const app = createApp(now);
  app.use(faultsControl(faults), changesControl(changesOf), webhooksControl(webhooks));
  app.use(pages({ viewers, customActions, links, changesOf, now }));
  app.use(log.record.bind(log));
  app.use(faults.handle.bind(faults));
  app.use(
    oauth({
      clientId: options.clientId ?? "sandbox-client",
      clientSecret: options.clientSecret ?? "sandbox-secret",
      redirectUris: options.redirectUris,
      firms,
      grants,
      now,
    }),
  );
  app.use("/api/v4", api({ grants, rateLimit, customActions, nonces, viewers, webhooks, changesOf, now }));

  const server = createServer(app);
  const port = await listen(server, options.port ?? 0);
  return {
    url: `http://127.0.0.1:${port}`,
    firms,
    requests: log.requests,
    counts: log.counts,
    fault: (fault) => faults.add(fault),
    clearFaults: () => faults.clear(),
    expireTokens: () => grants.expireAccessTokens(),
    revoke: (userId) => grants.revokeUser(userId),
    setRequestsPerMinute: (requests) => {
      rateLimit.requestsPerMinute = requests;
    },
    setTokenLifetime: (seconds) => {
      grants.accessTokenLifetimeSeconds = seconds;
    },
    issueToken: (userId) => {
      if (!viewers.get(userId)) throw new Error(`this sandbox has no user ${userId}`);
      return grants.issue(userId);
    },
    customActions,
    click: (click) => links.click(click),
    changes: changesOf,
    webhooks,
    close: () => {
      webhooks.close();
      return close(server);
    },
  };
}

/** An Express app without headers of its own. The `Date` header follows the sandbox's clock. */
function createApp(now: () => number): Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.use((_request, response, next) => {
    response.setHeader("Date", new Date(now()).toUTCString());
    next();
  });
  return app;
}

function listen(server: Server, port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.once("error", reject);
  server.listen(port, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  return promise;
}

function close(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  server.closeAllConnections();
  return promise;
}
