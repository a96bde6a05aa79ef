import { randomBytes } from "node:crypto";
import { z } from "zod";
import { newestKey } from "../../src/security/derived-keys.ts";
import { createSealedTokens } from "../../src/security/sealed-tokens.ts";
import { SETUP_TOKEN } from "../../testkit/service.ts";
import type { AdmittedFirm, ThreeFirms } from "./three-firms.ts";

/** Credentials in a request, and the firm whose data the service may then show. */
export interface Credentials {
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  /** The CSRF token of a form. */
  readonly csrf?: string;
  /** The firm for a route that requires an API key. */
  readonly keyOf?: AdmittedFirm;
  /** The firm for a route that requires a session. */
  readonly sessionOf?: AdmittedFirm;
  /** The firm for a form, which requires a session and its CSRF token. */
  readonly formOf?: AdmittedFirm;
}

/** The time on the site's clock. */
const NOW = Date.parse("2026-05-31T15:00:00Z");

/** One JWE with the ciphertext of another. */
function spliced(one: string, other: string): string {
  const [head, key, iv, ...mine] = one.split(".");
  const theirs = other.split(".").slice(3);
  return [head, key, iv, theirs[0], mine[1]].join(".");
}

/** Every kind of credentials, mixed between a firm and another one. */
export async function foreignCredentials(
  { sandbox, service, stateOf }: ThreeFirms,
  own: AdmittedFirm,
  other: AdmittedFirm,
): Promise<Record<string, Credentials>> {
  const bearer = (key: string) => ({ Authorization: `Bearer ${key}` });
  const cookie = (...sessions: string[]) => ({
    Cookie: sessions.map((session) => `__Host-session=${session}`).join("; "),
  });
  const [ownId, theirId] = [own.key.slice(0, 16), other.key.slice(0, 16)];
  const forgedSessions = createSealedTokens({
    key: newestKey([randomBytes(32)], "session"),
    use: "session",
    claims: z.any(),
    now: () => NOW,
  });
  const connection = stateOf(other).rows.connections?.find(
    (row) => (row as { user_id: number }).user_id === other.userId,
  ) as { session_epoch: number } | undefined;
  const claims = {
    id: "forged",
    firmId: other.id,
    userId: other.userId,
    epoch: connection?.session_epoch ?? 0,
    csrf: own.signedIn.csrf,
    firstKey: true,
    signedInAt: NOW,
    renewedAt: NOW,
  };
  const connect = await fetch(`${service.url}/connect`, { redirect: "manual" });
  const state = new URL(connect.headers.get("location") ?? "").searchParams.get("state") ?? "";
  const sent = await fetch(`${service.url}/setup`, { redirect: "manual" });
  const wayBack = (sent.headers.get("location") ?? "").replace("/connect?back=", "");

  return {
    "no credentials": {},
    "its own key and the other firm's session": {
      headers: { ...bearer(own.key), ...cookie(other.signedIn.session) },
      csrf: own.signedIn.csrf,
      keyOf: own,
      sessionOf: other,
    },
    "the other firm's key and its own session": {
      headers: { ...bearer(other.key), ...cookie(own.signedIn.session) },
      csrf: own.signedIn.csrf,
      keyOf: other,
      sessionOf: own,
      formOf: own,
    },
    "its own session and the other firm's CSRF token": {
      headers: cookie(own.signedIn.session),
      csrf: other.signedIn.csrf,
      sessionOf: own,
    },
    "its own session, followed by the other firm's": {
      headers: cookie(own.signedIn.session, other.signedIn.session),
      csrf: own.signedIn.csrf,
    },
    "its own session without the prefix, followed by the other firm's": {
      headers: {
        Cookie: `session=${own.signedIn.session}; __Host-session=${other.signedIn.session}`,
      },
      csrf: own.signedIn.csrf,
      sessionOf: other,
    },
    "its own session with the other firm's ciphertext": {
      headers: cookie(spliced(own.signedIn.session, other.signedIn.session)),
      csrf: own.signedIn.csrf,
    },
    "an ended session and the other firm's CSRF token": {
      headers: cookie(own.former.session),
      csrf: other.signedIn.csrf,
    },
    "an ended session and its CSRF token": {
      headers: cookie(own.former.session),
      csrf: own.former.csrf,
    },
    "a session of the other firm, encrypted with another key": {
      headers: cookie(await forgedSessions.seal(claims, 3600)),
      csrf: own.signedIn.csrf,
    },
    "tokens for other uses, as a session": {
      headers: cookie(state, wayBack, other.signedIn.connecting),
      csrf: own.signedIn.csrf,
    },
    "the other firm's session as a key, and its own key as a session": {
      headers: { ...bearer(other.signedIn.session), ...cookie(own.key) },
      csrf: other.signedIn.csrf,
    },
    "a revoked key": { headers: bearer(own.revokedKey), csrf: own.signedIn.csrf },
    "the other firm's revoked key": { headers: bearer(other.revokedKey), csrf: other.signedIn.csrf },
    "the other firm's key without a session": {
      headers: bearer(other.key),
      csrf: other.signedIn.csrf,
      keyOf: other,
    },
    "the ID of the other firm's key with the secret of its own": {
      headers: bearer(theirId + own.key.slice(16)),
    },
    "the ID of its own key with the secret of the other firm's": {
      headers: bearer(ownId + other.key.slice(16)),
    },
    "the other firm's key, but not as a Bearer token": {
      headers: {
        Authorization: `Basic ${Buffer.from(`${own.key}:${other.key}`).toString("base64")}`,
        "X-Api-Key": other.key,
        "Proxy-Authorization": `Bearer ${other.key}`,
      },
      query: { key: other.key, access_token: other.key, authorization: `Bearer ${other.key}` },
    },
    "an access token for the other firm's Clio": {
      headers: bearer(sandbox.issueToken(other.userId).access_token),
      csrf: other.signedIn.csrf,
    },
    "the secret of the other firm's webhook": {
      headers: {
        ...bearer(other.webhook?.secret ?? "a-secret"),
        ...cookie(other.webhook?.secret ?? "a-secret"),
      },
      csrf: other.webhook?.secret ?? "a-secret",
    },
    "the setup token": {
      headers: { ...bearer(SETUP_TOKEN), ...cookie(SETUP_TOKEN) },
      query: { setup: SETUP_TOKEN },
      csrf: SETUP_TOKEN,
    },
  };
}
