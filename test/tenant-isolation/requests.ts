import { createHmac, randomBytes } from "node:crypto";
import { SETUP_TOKEN } from "../../testkit/service.ts";
import { SHARED } from "./marked-firms.ts";
import type { AdmittedFirm, KnownWebhook, ThreeFirms } from "./three-firms.ts";

/** Whom a route lets in: by a key, by a session, by a form of a session, or by what stands in the request itself. */
export type LetsIn = "key" | "session" | "form" | "itself";

/** A request that names another firm wherever it can. */
export interface Asked {
  /** Where the route's pattern is no address. */
  readonly path?: string;
  readonly query?: Values;
  readonly fields?: Values;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Of a route that looks at the request itself: whose it is by right. */
  readonly of?: AdmittedFirm;
  /** The answers that are right. Default: of whoever is let in none above 399; of whoever is not, the refusal. */
  readonly statuses?: readonly number[];
  /** A forged click asks the other firm's Clio whether it is one: so many times, and it is refused each time. */
  readonly refusedByClio?: number;
}

type Values = Readonly<Record<string, string | number | undefined>>;

interface RouteUnderTest {
  readonly letsIn: LetsIn;
  /** Whether the answer to whoever is let in has something of their firm in it. */
  readonly shows?: boolean;
  /**
   * @param own whose request it is, where anybody is let in
   * @param other whom it names
   */
  asks(site: ThreeFirms, own: AdmittedFirm, other: AdmittedFirm): readonly Asked[];
}

const NOTHING: RouteUnderTest = { letsIn: "itself", asks: () => [{}] };

/** Every route of the service, as `METHOD pattern`: one that is added has to be added here. */
export const ROUTES: Readonly<Record<string, RouteUnderTest>> = {
  "GET /healthz": NOTHING,
  "GET /readyz": NOTHING,
  "GET /metrics": NOTHING,
  "GET /openapi.json": NOTHING,
  "GET /": NOTHING,
  "GET /assets/style.css": NOTHING,
  "GET /assets/copy.js": NOTHING,
  "GET /assets/local-times.js": NOTHING,
  "GET /assets/refresh.js": NOTHING,
  "GET /setup/*form": {
    letsIn: "itself",
    asks: (_, __, { keyId }) => [{ path: `/setup/keys/revoke?key_id=${keyId}`, statuses: [302] }],
  },

  "GET /lookup-contact": {
    letsIn: "key",
    asks: (_, __, { client }) => [
      { query: { phone: client.phone } },
      { query: { last_4: client.phone.slice(-4), name: client.name } },
      { query: { phone: SHARED.phone } },
    ],
  },
  "GET /responsible-staff": {
    letsIn: "key",
    asks: (_, __, { client, mark }) => [
      { query: { clio_contact_id: client.id, matter: `The will of Olga ${mark}` } },
      { query: { clio_contact_id: SHARED.contactId, matter: mark } },
    ],
  },
  "GET /route-call": {
    letsIn: "key",
    asks: (_, __, { client }) => [
      { query: { caller_id: client.phone, name: client.name } },
      { query: { caller_id: SHARED.phone } },
    ],
  },

  "GET /setup": { letsIn: "session", shows: true, asks: () => [{}] },
  "GET /transfer-rules": { letsIn: "session", shows: true, asks: () => [{}] },
  "GET /transfer-rules.json": { letsIn: "session", shows: true, asks: () => [{}] },
  "GET /transfer-rules.csv": { letsIn: "session", shows: true, asks: () => [{}] },

  "POST /setup/answering": {
    letsIn: "form",
    asks: (_, __, { userId }) => [{ fields: { user_id: userId } }],
  },
  "POST /setup/custom-actions": { letsIn: "form", asks: () => [{ fields: {} }] },
  "POST /setup/read-again": { letsIn: "form", asks: () => [{ fields: {} }] },
  "POST /setup/keys": {
    letsIn: "form",
    shows: true,
    asks: () => [{ fields: { name: "One more" } }],
  },
  "POST /setup/keys/revoke": {
    letsIn: "form",
    asks: (_, __, { keyId, key }) => [
      { fields: { key_id: keyId } },
      { fields: { key_id: key.slice(4, 16) } },
    ],
  },
  "POST /setup/try": {
    letsIn: "form",
    shows: true,
    asks: (_, __, { client, mark }) => [
      { fields: { number: client.phone, name: client.name, matter: mark } },
      { fields: { number: SHARED.phone } },
    ],
  },
  "POST /setup/sign-out": { letsIn: "form", asks: () => [{ fields: {} }] },
  "POST /setup/disconnect": { letsIn: "form", asks: () => [{ fields: {} }] },

  "GET /connect": {
    letsIn: "itself",
    asks: (_, __, { mark }) => [
      { query: { setup: SETUP_TOKEN }, statuses: [302] },
      { query: { setup: mark, back: mark }, statuses: [302] },
    ],
  },
  "GET /oauth/callback": {
    letsIn: "itself",
    // What comes of a state, a code and a way back of another firm takes more than one request: see ways-back.test.ts.
    asks: () => [
      { query: { state: "made-up", code: "made-up" }, statuses: [400] },
      { query: { state: SETUP_TOKEN, error: "access_denied" }, statuses: [400] },
    ],
  },

  "GET /clio-action": {
    letsIn: "itself",
    asks: ({ sandbox }, own, other) => {
      const shared = `/api/v4/matters/${SHARED.matterId}`;
      const click = (firm: AdmittedFirm, subjectPath: string) => ({
        ...Object.fromEntries(new URL(sandbox.click({ userId: firm.userId, subjectPath })).searchParams),
      });
      return [
        // A click of its own user, said to be the other's.
        {
          query: { ...click(own, shared), user_id: other.userId },
          statuses: [403],
          refusedByClio: 1,
        },
        {
          query: {
            ...click(own, shared),
            user_id: other.userId,
            subject_url: `/api/v4/matters/${other.matterId}`,
          },
          statuses: [403],
          refusedByClio: 1,
        },
        // A click of the other's user, said to be its own.
        { query: { ...click(other, shared), user_id: own.userId }, of: own, statuses: [403] },
        // A click of its own, on what only the other has.
        ...["matters", "contacts", "activities", "documents", "folders"].map((kind) => ({
          query: {
            ...click(own, shared),
            subject_url: `/api/v4/${kind}/${kind === "contacts" ? other.client.id : other.matterId}`,
          },
          of: own,
          statuses: [404],
        })),
        // A click of its own, on what both have under the same number.
        ...[
          shared,
          `/api/v4/contacts/${SHARED.contactId}`,
          `/api/v4/activities/${SHARED.activityId}`,
          `/api/v4/documents/${SHARED.documentId}`,
          `/api/v4/folders/${SHARED.folderId}`,
        ].map((subject) => ({ query: click(own, subject), of: own, statuses: [200] })),
        // A click said to be of somebody of the other firm who never connected, or is not connected any more.
        { query: { ...click(own, shared), user_id: other.strangerId }, statuses: [302] },
        { query: { ...click(own, shared), user_id: other.formerUserId }, statuses: [302] },
      ];
    },
  },

  "POST /webhooks/clio/:webhook": {
    letsIn: "itself",
    asks: (_, own, other) => {
      const known = own.webhook ?? madeUp();
      const theirs = other.webhook ?? madeUp();
      const delivery = (webhook: KnownWebhook, secret: string, id: number, event = "updated"): Asked => {
        const body = JSON.stringify({ data: { id }, meta: { event, webhook_id: 90_001 } });
        const signature = createHmac("sha256", secret).update(body).digest("hex");
        return { path: webhook.path, body, headers: { "X-Hook-Signature": signature }, statuses: [401] };
      };
      const handshake = (webhook: KnownWebhook, secret: string): Asked => ({
        path: webhook.path,
        body: "{}",
        headers: { "X-Hook-Secret": secret },
        statuses: [401],
      });
      const right = own.webhook ? { of: own, statuses: [200] } : {};
      return [
        delivery(known, theirs.secret, SHARED.contactId),
        delivery(theirs, known.secret, SHARED.contactId, "deleted"),
        delivery(madeUp(), theirs.secret, other.client.id),
        handshake(known, theirs.secret),
        handshake(theirs, known.secret),
        handshake(madeUp(), theirs.secret),
        { ...delivery(known, known.secret, other.client.id, "deleted"), ...right },
        { ...delivery(known, known.secret, SHARED.contactId, "deleted"), ...right },
        { ...delivery(known, known.secret, SHARED.matterId), ...right },
      ];
    },
  },
};

function madeUp(): KnownWebhook {
  return {
    path: `/webhooks/clio/${randomBytes(16).toString("base64url")}`,
    secret: randomBytes(32).toString("hex"),
  };
}
