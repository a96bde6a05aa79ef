import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import express, { type Express } from "express";
import { api } from "./api/api.ts";
import { ClickNonces } from "./api/click-nonces.ts";
import { type Click, Clicks } from "./api/clicks.ts";
import { CustomActions } from "./api/custom-actions.ts";
import { type WebhookOptions, Webhooks } from "./api/webhooks.ts";
import { changeControls } from "./change-controls.ts";
import { type Fault, Faults, faultControls } from "./faults.ts";
import { exampleFirm } from "./firms/example-firm.ts";
import type { Firm } from "./firms/firm.ts";
import { FirmChanges } from "./firms/firm-changes.ts";
import { FirmRecords } from "./firms/firm-records.ts";
import { Viewers } from "./firms/viewers.ts";
import { bearerToken } from "./oauth/bearer-token.ts";
import { Grants, type IssuedTokens } from "./oauth/grants.ts";
import { oauth } from "./oauth/oauth.ts";
import { pages } from "./pages/pages.ts";
import { RateLimit } from "./rate-limit.ts";
import { type RecordedRequest, RequestLog } from "./request-log.ts";
import { webhookControls } from "./webhook-controls.ts";

export interface SandboxOptions {
  /** 0 (the default) takes any free port. The host is 127.0.0.1. */
  port?: number;
  /** Default `sandbox-client`. */
  clientId?: string;
  /** Default `sandbox-secret`. */
  clientSecret?: string;
  /** Exact URIs; without them any loopback URL is accepted. */
  redirectUris?: string[];
  /** Default: the example firm alone. */
  firms?: Firm[];
  /** Seconds an access token lives; default 2592000, as Clio documents it. */
  tokenLifetime?: number;
  /** Per access token; default 50, Clio's limit in peak hours. Infinity switches it off. */
  requestsPerMinute?: number;
  /** The sandbox's clock, in milliseconds since 1970; default `Date.now`. The `Date` header follows it. */
  now?: () => number;
  /** Where webhooks lead, and how patient they are. */
  webhooks?: WebhookOptions;
}

/** A running stand-in for Clio Manage. */
export interface Sandbox {
  /** `http://127.0.0.1:PORT`, for OAuth, the API and the pages to click in (`/`) alike. */
  readonly url: string;
  readonly firms: readonly Firm[];
  /** The last 10,000 requests, oldest first; those to the pages are not among them. */
  readonly requests: readonly RecordedRequest[];
  /** Requests so far, by path (`/api/v4/contacts`, `/api/v4/contacts/:id`, `/oauth/token`); may be cleared. */
  readonly counts: Map<string, number>;
  /** Lets something go wrong with the next matching request, or the next `times`. */
  fault(fault: Fault): void;
  clearFaults(): void;
  /** Ends every access token (401 from now on); refresh tokens live on. */
  expireTokens(): void;
  /** Ends the user's grants: 401 for the access tokens, `invalid_grant` for the refresh tokens. */
  revoke(userId: number): void;
  /** Infinity switches the limit off. */
  setRequestsPerMinute(requests: number): void;
  /** For access tokens issued from now on. */
  setTokenLifetime(seconds: number): void;
  /** Tokens as `POST /oauth/token` gives them, without the way there. Throws for a user no firm has. */
  issueToken(userId: number): IssuedTokens;
  /** The custom actions the app has put in place, and a way to put some there without the API. */
  readonly customActions: CustomActions;
  /**
   * Chooses a custom action in a record's menu: the URL that Clio opens in a new tab, with a fresh nonce.
   * Throws where the user has no such custom action.
   */
  click(click: Click): string;
  /** Changes a firm's records, of which webhooks hear. Default: the first firm. Throws for an account no firm has. */
  changes(accountId?: number): FirmChanges;
  /** The webhooks the app has made, what was delivered, and ways to bring the deliveries into disorder. */
  readonly webhooks: Webhooks;
  /** Ends the deliveries, cuts every connection and stops listening. */
  close(): Promise<void>;
}

/** Starts a sandbox; rejects when the port is taken, and when two users have one id. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const firms = options.firms ?? [exampleFirm()];
  const now = options.now ?? Date.now;
  const records = firms.map((firm) => new FirmRecords(firm));
  const viewers = new Viewers(records);
  const grants = new Grants(options.tokenLifetime ?? 2_592_000, now);
  const rateLimit = new RateLimit(options.requestsPerMinute ?? 50, now);
  const customActions = new CustomActions(now);
  const nonces = new ClickNonces(now);
  const clicks = new Clicks(customActions, nonces);
  const webhooks = new Webhooks(viewers, now, options.webhooks);
  const changes = records.map((each) => new FirmChanges(each, viewers, now, webhooks.tell.bind(webhooks)));
  const changesOf = (accountId = firms[0]?.account.id) => {
    const found = changes.find(({ account }) => account.id === accountId);
    if (!found) throw new Error(`no firm of this sandbox has the account ${accountId}`);
    return found;
  };
  const faults = new Faults();
  const log = new RequestLog(now, (request) => grants.find(bearerToken(request))?.grant.userId ?? null);

  const app = bareApp(now);
  app.use(faultControls(faults), changeControls(changesOf), webhookControls(webhooks));
  app.use(pages({ viewers, customActions, clicks, changesOf }));
  app.use(log.record.bind(log));
  app.use(faults.befall.bind(faults));
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
  app.use("/api/v4", api({ grants, rateLimit, customActions, nonces, viewers, webhooks }));

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
      grants.lifetime = seconds;
    },
    issueToken: (userId) => {
      if (!viewers.get(userId)) throw new Error(`no firm of this sandbox has a user ${userId}`);
      return grants.issue(userId);
    },
    customActions,
    click: (click) => clicks.click(click),
    changes: changesOf,
    webhooks,
    close: () => {
      webhooks.close();
      return close(server);
    },
  };
}

/** An Express app that adds nothing of its own to answers, but for the clock. */
function bareApp(now: () => number): Express {
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
