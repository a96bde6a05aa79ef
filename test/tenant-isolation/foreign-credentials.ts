import { randomBytes } from "node:crypto";
import { z } from "zod";
import { deriveKeys } from "../../src/security/derived-keys.ts";
import { createSealedTokens } from "../../src/security/sealed-tokens.ts";
import { SETUP_TOKEN } from "../../testkit/service.ts";
import type { AdmittedFirm, ThreeFirms } from "./three-firms.ts";

/** What a request brings to be let in by, and whom the service may take it for. */
export interface Credentials {
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  /** What stands in a form as its token. */
  readonly csrf?: string;
  /** Whose bearer key it is, where a key counts. */
  readonly keyOf?: AdmittedFirm;
  /** Whose session it is, where a session counts. */
  readonly sessionOf?: AdmittedFirm;
  /** Whose form it may be: of the session, and with its token. */
  readonly formOf?: AdmittedFirm;
}

/** A JWE with one part of another: the key's id and all the rest stay, the seal does not. */
function spliced(one: string, other: string): string {
  const [head, key, iv, ...mine] = one.split(".");
  const theirs = other.split(".").slice(3);
  return [head, key, iv, theirs[0], mine[1]].join(".");
}

/** Every kind of credential, mixed up between a firm and another one. */
export async function foreignCredentials(
  { sandbox, service }: ThreeFirms,
  own: AdmittedFirm,
  other: AdmittedFirm,
): Promise<Record<string, Credentials>> {
  const bearer = (key: string) => ({ Authorization: `Bearer ${key}` });
  const cookie = (...sessions: string[]) => ({
    Cookie: sessions.map((session) => `session=${session}`).join("; "),
  });
  const [ownId, theirId] = [own.key.slice(0, 16), other.key.slice(0, 16)];
  const stolenSession = createSealedTokens({
    keys: deriveKeys([randomBytes(32)], "session"),
    use: "session",
    claims: z.any(),
    lifetime: 3600,
    now: () => Date.parse("2026-05-31T15:00:00Z"),
  });
  const claims = { firmId: other.id, userId: other.userId, csrf: own.signedIn.csrf, firstKey: true };
  const connect = await fetch(`${service.url}/connect`, { redirect: "manual" });
  const state = new URL(connect.headers.get("location") ?? "").searchParams.get("state") ?? "";
  const sent = await fetch(`${service.url}/setup`, { redirect: "manual" });
  const wayBack = (sent.headers.get("location") ?? "").replace("/connect?back=", "");

  return {
    "nothing at all": {},
    "its key and the other's session": {
      headers: { ...bearer(own.key), ...cookie(other.signedIn.session) },
      csrf: own.signedIn.csrf,
      keyOf: own,
      sessionOf: other,
    },
    "the other's key and its session": {
      headers: { ...bearer(other.key), ...cookie(own.signedIn.session) },
      csrf: own.signedIn.csrf,
      keyOf: other,
      sessionOf: own,
      formOf: own,
    },
    "its session and the other's form token": {
      headers: cookie(own.signedIn.session),
      csrf: other.signedIn.csrf,
      sessionOf: own,
    },
    "its session and the other's behind it": {
      headers: cookie(own.signedIn.session, other.signedIn.session),
      csrf: other.signedIn.csrf,
      sessionOf: own,
    },
    "its session, whose seal is the other's": {
      headers: cookie(spliced(own.signedIn.session, other.signedIn.session)),
      csrf: own.signedIn.csrf,
    },
    "a session that ended, and the other's form token": {
      headers: cookie(own.former.session),
      csrf: other.signedIn.csrf,
    },
    "a session that ended, and its form token": {
      headers: cookie(own.former.session),
      csrf: own.former.csrf,
    },
    "a session of the other's, sealed by a stranger": {
      headers: cookie(await stolenSession.seal({ signedIn: claims, clicks: [] })),
      csrf: own.signedIn.csrf,
    },
    "what is sealed for other uses, as a session": {
      headers: cookie(state, wayBack, other.signedIn.connecting),
      csrf: own.signedIn.csrf,
    },
    "the other's session as a key, and its key as a session": {
      headers: { ...bearer(other.signedIn.session), ...cookie(own.key) },
      csrf: other.signedIn.csrf,
    },
    "a revoked key": { headers: bearer(own.revokedKey), csrf: own.signedIn.csrf },
    "the other's revoked key": { headers: bearer(other.revokedKey), csrf: other.signedIn.csrf },
    "the other's key, and nobody signed in": {
      headers: bearer(other.key),
      csrf: other.signedIn.csrf,
      keyOf: other,
    },
    "the id of the other's key with the secret of its own": {
      headers: bearer(theirId + own.key.slice(16)),
    },
    "the id of its key with the secret of the other's": {
      headers: bearer(ownId + other.key.slice(16)),
    },
    "the other's key, but not as a bearer": {
      headers: {
        Authorization: `Basic ${Buffer.from(`${own.key}:${other.key}`).toString("base64")}`,
        "X-Api-Key": other.key,
        "Proxy-Authorization": `Bearer ${other.key}`,
      },
      query: { key: other.key, access_token: other.key, authorization: `Bearer ${other.key}` },
    },
    "a token of the other's Clio": {
      headers: bearer(sandbox.issueToken(other.userId).access_token),
      csrf: other.signedIn.csrf,
    },
    "the secret of the other's webhook": {
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
