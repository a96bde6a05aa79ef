import { AuthorizationCode } from "simple-oauth2";
import { z } from "zod";
import { ClioError, ClioTimeoutError } from "../errors.ts";
import type { Token } from "./token.ts";

/** The user, or the firm, took the access back: only connecting again helps (clio-facts: `invalid_grant`). */
export class GrantRevokedError extends Error {
  constructor() {
    super("Clio no longer accepts this connection's refresh token");
    this.name = "GrantRevokedError";
  }
}

/** The authorization code is unknown to Clio, older than 10 minutes, or was used before. */
export class CodeRefusedError extends Error {
  constructor() {
    super("Clio does not accept this authorization code");
    this.name = "CodeRefusedError";
  }
}

/** Clio's OAuth 2.0 endpoints, for one developer app in one region. */
export interface ClioOAuth {
  /**
   * Where a browser goes to give its consent; a user who declines comes back as well.
   * @param state handed back untouched with the answer
   */
  authorizeUrl(state: string): string;
  /** Exchanges an authorization code. Throws `CodeRefused`, `ClioError` or `ClioTimeout`. */
  exchange(code: string): Promise<Token>;
  /** Renews a token. Throws `GrantRevoked`, or `ClioError` or `ClioTimeout`, which say nothing about the grant. */
  refresh(token: Token): Promise<Token>;
}

interface OAuthSettings {
  clientId: string;
  clientSecret: string;
  /** Clio's host, for example `https://app.clio.com`. */
  baseUrl: string;
  redirectUri: string;
  now: () => number;
}

const TOKEN_ENDPOINT_TIMEOUT = 5_000;

const TokenAnswer = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1).optional(),
  expires_in: z.coerce.number().positive(),
});

/** What the library throws for an answer that is not 2xx: the status, and the body as the server sent it. */
const Refusal = z.object({
  output: z.object({ statusCode: z.number() }),
  data: z.object({ isResponseError: z.literal(true), payload: z.unknown() }),
});
const RefusalBody = z.object({ error: z.string() });

/** Speaks to Clio's OAuth endpoints by `simple-oauth2`, with the client secret in a Basic header. */
export function createClioOAuth({
  clientId,
  clientSecret,
  baseUrl,
  redirectUri,
  now,
}: OAuthSettings): ClioOAuth {
  const client = new AuthorizationCode({
    client: { id: clientId, secret: clientSecret },
    auth: { tokenHost: baseUrl, tokenPath: "/oauth/token", authorizePath: "/oauth/authorize" },
    http: { timeout: TOKEN_ENDPOINT_TIMEOUT, maxBytes: 65_536 },
  });

  function readToken(answer: unknown, previousRefreshToken?: string): Token {
    const parsed = TokenAnswer.safeParse(answer);
    // A refresh answer has no refresh_token: the one there was stays valid. simple-oauth2 5.1.0 would lose it.
    const refreshToken = parsed.data?.refresh_token ?? previousRefreshToken;
    if (!parsed.success || !refreshToken)
      throw new ClioError("Clio's token endpoint answered without a token.");
    const obtainedAt = now();
    return {
      accessToken: parsed.data.access_token,
      refreshToken,
      obtainedAt,
      expiresAt: obtainedAt + parsed.data.expires_in * 1000,
    };
  }

  return {
    authorizeUrl(state) {
      const url = new URL(client.authorizeURL({ redirect_uri: redirectUri, state }));
      url.searchParams.set("redirect_on_decline", "true");
      return url.href;
    },

    async exchange(code) {
      const answer = await client.getToken({ code, redirect_uri: redirectUri }).catch((error: unknown) => {
        throw faultOf(error, new CodeRefusedError());
      });
      return readToken(answer.token);
    },

    async refresh(token) {
      const stale = client.createToken({ refresh_token: token.refreshToken });
      const answer = await stale.refresh().catch((error: unknown) => {
        throw faultOf(error, new GrantRevokedError());
      });
      return readToken(answer.token, token.refreshToken);
    },
  };
}

/**
 * What a failed call of the token endpoint means.
 * The library's own error is not kept as a cause: it carries the request, secrets included.
 */
function faultOf(error: unknown, whenGrantIsInvalid: Error): Error {
  const refusal = Refusal.safeParse(error);
  if (refusal.success) {
    const reason = RefusalBody.safeParse(refusal.data.data.payload).data?.error;
    const status = refusal.data.output.statusCode;
    if (reason === "invalid_grant" && (status === 400 || status === 401)) return whenGrantIsInvalid;
    if (reason === "invalid_client")
      return new ClioError("Clio does not accept CLIO_CLIENT_ID and CLIO_CLIENT_SECRET in this region.");
    return new ClioError(`Clio's token endpoint answered with status ${status}.`);
  }
  const timedOut = z.object({ output: z.object({ statusCode: z.literal(504) }) }).safeParse(error).success;
  return timedOut
    ? new ClioTimeoutError("Clio's token endpoint did not answer in time.")
    : new ClioError("Clio's token endpoint cannot be reached, or its answer cannot be read.");
}
