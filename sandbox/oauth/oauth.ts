import express, { type Request, Router } from "express";
import { unauthorized } from "../api/clio-error.ts";
import type { Firm } from "../firms/firm.ts";
import { noticePage } from "../pages/layout.ts";
import { signedInId } from "../pages/signed-in.ts";
import { AuthorizationCodes } from "./authorization-codes.ts";
import { bearerToken } from "./bearer-token.ts";
import { type AuthorizeRequest, consentPage } from "./consent-page.ts";
import type { Grants } from "./grants.ts";

/** The developer app, the people who can allow it, and the tokens. */
export interface OAuthServices {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Undefined: any loopback URL. */
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
    const asked = textsOf(request.query);
    const fault = faultIn(asked, services);
    if (fault) response.status(400).send(noticePage("This request cannot be allowed", fault));
    else response.send(consentPage(services.firms, asked, signedInId(request)));
  });

  router.post("/oauth/authorize", form, (request, response) => {
    const { user_id, decision, ...asked } = textsOf(request.body);
    const user = services.firms.flatMap(({ users }) => users).find(({ id }) => String(id) === user_id);
    const fault = faultIn(asked, services);
    if (fault) {
      response.status(400).send(noticePage("This request cannot be allowed", fault));
    } else if (decision === "allow" && user?.enabled) {
      const code = codes.issue(user.id, asked.redirect_uri ?? "");
      response.redirect(302, redirectTo(asked, { code }));
    } else if (decision === "allow") {
      response.status(400).send(noticePage("Nobody was chosen", "Go back and choose who you are."));
    } else if (asked.redirect_on_decline === "true") {
      response.redirect(302, redirectTo(asked, { error: "access_denied" }));
    } else {
      response.send(noticePage("Declined", "The app was given no access. You can close this page."));
    }
  });

  router.post("/oauth/token", form, (request, response) => {
    const body = textsOf(request.body);
    response.setHeader("Cache-Control", "no-store");
    if (!isClient(request, body, services)) {
      response.status(401).setHeader("WWW-Authenticate", "Basic").json({ error: "invalid_client" });
    } else if (body.grant_type === "authorization_code") {
      const userId = codes.redeem(body.code ?? "", body.redirect_uri ?? "");
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

/** What keeps this request from being answered with a redirect, or undefined. Clio shows a page for these. */
function faultIn(asked: AuthorizeRequest, services: OAuthServices): string | undefined {
  if (asked.client_id !== services.clientId) return "The client_id belongs to no app.";
  if (!isRegistered(asked.redirect_uri ?? "", services.redirectUris))
    return "The redirect_uri is not registered.";
  if (asked.response_type !== "code") return "The response_type must be code.";
}

function isRegistered(redirectUri: string, registered: readonly string[] | undefined): boolean {
  if (registered) return registered.includes(redirectUri);
  const url = URL.parse(redirectUri);
  return (
    url !== null && /^https?:$/.test(url.protocol) && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname)
  );
}

function redirectTo(asked: AuthorizeRequest, answer: Record<string, string>): string {
  const url = new URL(asked.redirect_uri ?? "");
  for (const [name, value] of Object.entries(answer)) url.searchParams.set(name, value);
  if (asked.state !== undefined) url.searchParams.set("state", asked.state);
  return url.href;
}

/** The secret may stand in the Basic header, which comes first, or in the form. */
function isClient(
  request: Request,
  body: Readonly<Record<string, string>>,
  services: OAuthServices,
): boolean {
  const basic = /^Basic +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
  if (basic === undefined)
    return body.client_id === services.clientId && body.client_secret === services.clientSecret;
  const [id, secret] = Buffer.from(basic, "base64").toString().split(":").map(formDecoded);
  return id === services.clientId && secret === services.clientSecret;
}

/** RFC 6749, 2.3.1: id and secret are form-encoded before they go into the header. */
function formDecoded(text: string): string {
  return new URLSearchParams(`x=${text}`).get("x") ?? "";
}

/** The parameters of a query or a form that stand there once. */
function textsOf(source: unknown): Readonly<Record<string, string>> {
  const entries = Object.entries(source ?? {});
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}
