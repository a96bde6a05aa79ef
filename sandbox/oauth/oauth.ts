import express, { type Request, Router } from "express";
import { unauthorized } from "../api/clio-error.ts";
import type { Firm } from "../firms/firm.ts";
import { noticePage } from "../pages/layout.ts";
import { readSignedInUserId } from "../pages/session-cookie.ts";
import { AuthorizationCodes } from "./authorization-codes.ts";
import { bearerToken } from "./bearer-token.ts";
import { type AuthorizeRequest, consentPage } from "./consent-page.ts";
import type { Grants } from "./grants.ts";

/** The developer app, the firms whose users can allow it, and the tokens. */
export interface OAuthServices {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Undefined: any loopback URL is accepted. */
  readonly redirectUris: readonly string[] | undefined;
  readonly firms: readonly Firm[];
  readonly grants: Grants;
  readonly now: () => number;
}

/** Clio's OAuth 2.0: `GET` and `POST /oauth/authorize`, `POST /oauth/token`, `POST /oauth/deauthorize`. */
export function oauth(services: OAuthServices): Router {
  const router = Router();
  const form = express.urlencoded({ extended: false });
  const codes = new AuthorizationCodes(services.now);

  router.get("/oauth/authorize", (request, response) => {
    const query = singleValues(request.query);
    const problem = findProblem(query, services);
    if (problem) response.status(400).send(noticePage("Invalid request", problem));
    else response.send(consentPage(services.firms, query, readSignedInUserId(request)));
  });

  router.post("/oauth/authorize", form, (request, response) => {
    const { user_id, decision, ...authorizeRequest } = singleValues(request.body);
    const user = services.firms.flatMap(({ users }) => users).find(({ id }) => String(id) === user_id);
    const problem = findProblem(authorizeRequest, services);
    if (problem) {
      response.status(400).send(noticePage("Invalid request", problem));
    } else if (decision === "allow" && user?.enabled) {
      const code = codes.issue(
        user.id,
        authorizeRequest.redirect_uri ?? "",
        authorizeRequest.code_challenge ?? null,
      );
      response.redirect(302, callbackUrl(authorizeRequest, { code }));
    } else if (decision === "allow") {
      response.status(400).send(noticePage("No user selected", "Go back and choose a user."));
    } else if (authorizeRequest.redirect_on_decline === "true") {
      response.redirect(302, callbackUrl(authorizeRequest, { error: "access_denied" }));
    } else {
      response.send(
        noticePage("Access declined", "The app can't access this firm's data. You can close this page."),
      );
    }
  });

  router.post("/oauth/token", form, (request, response) => {
    const body = singleValues(request.body);
    response.setHeader("Cache-Control", "no-store");
    if (!isClientAuthenticated(request, body, services)) {
      response.status(401).setHeader("WWW-Authenticate", "Basic").json({ error: "invalid_client" });
    } else if (body.grant_type === "authorization_code") {
      const userId = codes.redeem(body.code ?? "", body.redirect_uri ?? "", body.code_verifier ?? "");
      if (userId === null) response.status(400).json({ error: "invalid_grant" });
      else response.json(services.grants.issue(userId));
    } else if (body.grant_type === "refresh_token") {
      const refreshed = services.grants.refresh(body.refresh_token ?? "");
      if (refreshed === null) response.status(400).json({ error: "invalid_grant" });
      else response.json(refreshed);
    } else {
      response.status(400).json({ error: "unsupported_grant_type" });
    }
  });

  router.post("/oauth/deauthorize", (request, response) => {
    const token = services.grants.find(bearerToken(request));
    if (!token) {
      response.status(401).json(unauthorized());
      return;
    }
    services.grants.revoke(token.grant);
    response.json({});
  });

  return router;
}

/**
 * Why the request must not be redirected to its `redirect_uri`, as a sentence; undefined if it may. Clio shows a page
 * for these problems.
 */
function findProblem(query: AuthorizeRequest, services: OAuthServices): string | undefined {
  if (query.client_id !== services.clientId) return "No app has this client_id.";
  if (!isRegistered(query.redirect_uri ?? "", services.redirectUris))
    return "The redirect_uri is not registered.";
  if (query.response_type !== "code") return "The response_type must be code.";
  if (query.code_challenge !== undefined && query.code_challenge_method !== "S256")
    return "The code_challenge_method must be S256.";
}

function isRegistered(redirectUri: string, registered: readonly string[] | undefined): boolean {
  if (registered) return registered.includes(redirectUri);
  const url = URL.parse(redirectUri);
  return (
    url !== null && /^https?:$/.test(url.protocol) && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname)
  );
}

function callbackUrl(authorizeRequest: AuthorizeRequest, parameters: Record<string, string>): string {
  const url = new URL(authorizeRequest.redirect_uri ?? "");
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  if (authorizeRequest.state !== undefined) url.searchParams.set("state", authorizeRequest.state);
  return url.href;
}

/** Checks the client's credentials in the Basic header or, without one, in the form. */
function isClientAuthenticated(
  request: Request,
  body: Readonly<Record<string, string>>,
  services: OAuthServices,
): boolean {
  const basic = /^Basic +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
  if (basic === undefined)
    return body.client_id === services.clientId && body.client_secret === services.clientSecret;
  const [id, secret] = Buffer.from(basic, "base64").toString().split(":").map(decodeFormValue);
  return id === services.clientId && secret === services.clientSecret;
}

/** RFC 6749, 2.3.1: ID and secret are form-encoded in the header. */
function decodeFormValue(text: string): string {
  return new URLSearchParams(`x=${text}`).get("x") ?? "";
}

/** The parameters of a query or form, without repeated ones. */
function singleValues(source: unknown): Readonly<Record<string, string>> {
  const entries = Object.entries(source ?? {});
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}
