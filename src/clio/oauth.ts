import { createHash, randomBytes } from "node:crypto";
import { AuthorizationCode } from "simple-oauth2";
import { z } from "zod";
import { ClioError, ClioTimeoutError } from "../errors.ts";
import type { Token } from "./token.ts";

/**
 * The user or the firm revoked the access, so the user has to connect again
 * (docs/explanation/how-clio-behaves.md, "Revoked access").
 */
export class GrantRevokedError extends Error {
  constructor() {
    super("Clio no longer accepts this connection's refresh token");
    this.name = "GrantRevokedError";
  }
}

/** Clio doesn't know the authorization code, or it expired, or it was already used. */
export class CodeRefusedError extends Error {
  constructor() {
    super("Clio doesn't accept this authorization code");
    this.name = "CodeRefusedError";
  }
}

/** Clio doesn't know the client ID, or the secret is wrong, or the app belongs to another region. */
export class ClientRefusedError extends ClioError {}

/** Clio's OAuth 2.0 endpoints, for one developer app in one region. */
export interface ClioOAuth {
  /**
   * The URL of Clio's consent page. Clio redirects the browser back whether the user allows access or declines.
   * @param state returned unchanged with the redirect
   * @param codeVerifier a secret of this sign-in; the URL contains its hash (PKCE, RFC 7636, method S256)
   */
  authorizeUrl(state: string, codeVerifier: string): string;
  /**
   * Exchanges an authorization code. Throws `CodeRefusedError`, `ClientRefusedError`, another `ClioError`, or
   * `ClioTimeoutError`.
   * @param codeVerifier what was given to `authorizeUrl`; null if nothing was
   */
  exchange(code: string, codeVerifier: string | null): Promise<Token>;
  /**
   * Refreshes a token. Throws `GrantRevokedError`; or `ClioError` or `ClioTimeoutError`, after which the grant may
   * still be valid.
   */
  refresh(token: Token): Promise<Token>;
}

/**
 * Asks Clio whether it accepts the client ID and secret, with a code that was never issued: Clio checks the client before
 * the code (docs/explanation/how-clio-behaves.md, "Checking the client ID and secret"). Changes nothing in Clio.
 * Throws `ClioError` or `ClioTimeoutError` if Clio's response doesn't say.
 */
export async function isClientAccepted(oauth: Pick<ClioOAuth, "exchange">): Promise<boolean> {
  try {
    await oauth.exchange(randomBytes(24).toString("base64url"), null);
    return true;
  } catch (error) {
    if (error instanceof CodeRefusedError) return true;
    if (error instanceof ClientRefusedError) return false;
    throw error;
  }
}

interface OAuthOptions {
  clientId: string;
  clientSecret: string;
  /** Clio's host, for example `https://app.clio.com`. */
  baseUrl: string;
  redirectUri: string;
  now: () => number;
}

const TOKEN_REQUEST_TIMEOUT_MS = 5_000;
const MAX_TOKEN_RESPONSE_BYTES = 64 * 1024;

const TokenResponse = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1).optional(),
  expires_in: z.coerce.number().positive(),
});

/** What `simple-oauth2` throws for a response that isn't 2xx: the status, and the body as the server sent it. */
const ErrorResponse = z.object({
  output: z.object({ statusCode: z.number() }),
  data: z.object({ isResponseError: z.literal(true), payload: z.unknown() }),
});
const ErrorBody = z.object({ error: z.string() });

export function createClioOAuth({
  clientId,
  clientSecret,
  baseUrl,
  redirectUri,
  now,
}: OAuthOptions): ClioOAuth {
  const client = new AuthorizationCode({
    client: { id: clientId, secret: clientSecret },
    auth: { tokenHost: baseUrl, tokenPath: "/oauth/token", authorizePath: "/oauth/authorize" },
    http: { timeout: TOKEN_REQUEST_TIMEOUT_MS, maxBytes: MAX_TOKEN_RESPONSE_BYTES },
  });

  function parseToken(response: unknown, previousRefreshToken?: string): Token {
    const parsed = TokenResponse.safeParse(response);
    // Clio's response to a refresh has no refresh_token, because the old one stays valid. simple-oauth2 5.1.0 loses it
    // (docs/explanation/how-clio-behaves.md, "Refreshing").
    const refreshToken = parsed.data?.refresh_token ?? previousRefreshToken;
    if (!parsed.success || !refreshToken)
      throw new ClioError("Clio's token endpoint responded without a token.");
    const obtainedAt = now();
    return {
      accessToken: parsed.data.access_token,
      refreshToken,
      obtainedAt,
      expiresAt: obtainedAt + parsed.data.expires_in * 1000,
    };
  }

  return {
    authorizeUrl(state, codeVerifier) {
      const url = new URL(client.authorizeURL({ redirect_uri: redirectUri, state }));
      url.searchParams.set("redirect_on_decline", "true");
      url.searchParams.set("code_challenge", createHash("sha256").update(codeVerifier).digest("base64url"));
      url.searchParams.set("code_challenge_method", "S256");
      return url.href;
    },

    async exchange(code, codeVerifier) {
      const params = {
        code,
        redirect_uri: redirectUri,
        ...(codeVerifier !== null && { code_verifier: codeVerifier }),
      };
      const response = await client.getToken(params).catch((error: unknown) => {
        throw toServiceError(error, new CodeRefusedError());
      });
      return parseToken(response.token);
    },

    async refresh(token) {
      const stale = client.createToken({ refresh_token: token.refreshToken });
      const response = await stale.refresh().catch((error: unknown) => {
        throw toServiceError(error, new GrantRevokedError());
      });
      return parseToken(response.token, token.refreshToken);
    },
  };
}

/** Never keeps the library's error as the cause, because it contains the request, secrets included. */
function toServiceError(error: unknown, invalidGrantError: Error): Error {
  const response = ErrorResponse.safeParse(error);
  if (response.success) {
    const reason = ErrorBody.safeParse(response.data.data.payload).data?.error;
    const status = response.data.output.statusCode;
    if (reason === "invalid_grant" && (status === 400 || status === 401)) return invalidGrantError;
    if (reason === "invalid_client")
      return new ClientRefusedError(
        "Clio doesn't accept the client ID and secret. Check CLIO_CLIENT_ID, CLIO_CLIENT_SECRET and CLIO_REGION.",
      );
    return new ClioError(`Clio's token endpoint responded with status ${status}.`);
  }
  const timedOut = z.object({ output: z.object({ statusCode: z.literal(504) }) }).safeParse(error).success;
  return timedOut
    ? new ClioTimeoutError("Clio's token endpoint didn't respond in time.")
    : new ClioError("Clio's token endpoint can't be reached, or its response is unreadable.");
}
