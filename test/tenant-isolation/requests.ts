import { createHmac, randomBytes } from "node:crypto";
import { SETUP_TOKEN } from "../../testkit/service.ts";
import { SHARED } from "./marked-firms.ts";
import type { AdmittedFirm, KnownWebhook, ThreeFirms } from "./three-firms.ts";

/** What a route requires: an API key, a session, a form with a CSRF token, or nothing beyond the request itself. */
export type Credential = "key" | "session" | "form" | "none";

/** A request that names another firm wherever it can. */
export interface TestRequest {
  /** For a route whose pattern isn't an address. */
  readonly path?: string;
  /** For `:call` in the route's pattern. */
  readonly call?: string;
  readonly query?: Values;
  readonly fields?: Values;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The firm whose data the response may show, for a route that requires no credentials. */
  readonly owner?: AdmittedFirm;
  /** The expected statuses. Default: below 400 with valid credentials, and otherwise the refusal. */
  readonly statuses?: readonly number[];
  /** How many requests reach the other firm's Clio to verify a forged click. All of them have to be refused. */
  readonly refusedByClio?: number;
}

type Values = Readonly<Record<string, string | number | undefined>>;

interface RouteUnderTest {
  readonly requires: Credential;
  /** Whether the response contains data of the firm with valid credentials. */
  readonly showsOwnData?: boolean;
  /**
   * @param own the firm with the valid credentials, if there are any
   * @param other the firm that the request names
   */
  requests(site: ThreeFirms, own: AdmittedFirm, other: AdmittedFirm): readonly TestRequest[];
}

const PUBLIC: RouteUnderTest = { requires: "none", requests: () => [{}] };

/** Every route of the service, as `METHOD pattern`. The test fails for a route that is missing here. */
export const ROUTES: Readonly<Record<string, RouteUnderTest>> = {
  "GET /healthz": PUBLIC,
  "GET /readyz": PUBLIC,
  "GET /metrics": PUBLIC,
  "GET /openapi.json": PUBLIC,
  "GET /": PUBLIC,
  "GET /assets/style.css": PUBLIC,
  "GET /assets/copy.js": PUBLIC,
  "GET /assets/local-times.js": PUBLIC,
  "GET /assets/live.js": PUBLIC,
  "GET /assets/revealed-keys.js": PUBLIC,
  "GET /assets/favicon.svg": PUBLIC,
  "GET /assets/refresh.js": PUBLIC,
  "GET /setup/*form": {
    requires: "none",
    requests: (_, __, { keyId }) => [{ path: `/setup/keys/revoke?key_id=${keyId}`, statuses: [302] }],
  },

  "GET /lookup-contact": {
    requires: "key",
    requests: (_, __, { client }) => [
      { query: { phone: client.phone } },
      { query: { last_4: client.phone.slice(-4), name: client.name } },
      { query: { phone: SHARED.phone } },
    ],
  },
  "GET /responsible-staff": {
    requires: "key",
    requests: (_, __, { client, mark }) => [
      { query: { clio_contact_id: client.id, matter: `The will of Olga ${mark}` } },
      { query: { clio_contact_id: SHARED.contactId, matter: mark } },
    ],
  },
  "GET /route-call": {
    requires: "key",
    requests: (_, __, { client }) => [
      { query: { caller_id: client.phone, name: client.name } },
      { query: { caller_id: SHARED.phone } },
    ],
  },
  "POST /after-call": {
    requires: "key",
    requests: (_, __, { client, mark }) => [
      { query: { caller_id: client.phone, call_id: "shared", name: client.name, matter: mark } },
      { query: { caller_id: SHARED.phone, summary: "The same summary.", message: "The same message." } },
    ],
  },

  "GET /setup": { requires: "session", showsOwnData: true, requests: () => [{}] },
  "GET /routing-rules": { requires: "session", requests: () => [{}] },
  "GET /setup/live": { requires: "session", showsOwnData: true, requests: () => [{}] },
  "GET /transfer-rules": { requires: "session", showsOwnData: true, requests: () => [{}] },
  "GET /transfer-rules.json": { requires: "session", showsOwnData: true, requests: () => [{}] },
  "GET /transfer-rules.csv": { requires: "session", showsOwnData: true, requests: () => [{}] },
  "GET /transfer-rules/:form": {
    requires: "none",
    requests: (_, __, { userId }) => [
      { path: `/transfer-rules/not-added?person_id=${userId}`, statuses: [302] },
    ],
  },
  "POST /transfer-rules/added": {
    requires: "form",
    requests: (_, __, { userId, ruleVersion }) => [{ fields: { person_id: userId, version: ruleVersion } }],
  },
  "POST /transfer-rules/not-added": {
    requires: "form",
    requests: (_, __, { userId }) => [{ fields: { person_id: userId } }],
  },
  "GET /transfer-rules/unreached.json": { requires: "session", requests: () => [{}] },
  "GET /transfer-rules/unreached.csv": { requires: "session", requests: () => [{}] },

  "GET /calls": { requires: "session", showsOwnData: true, requests: () => [{}] },
  "GET /calls.json": { requires: "session", requests: calls },
  "GET /calls.csv": { requires: "session", requests: calls },
  "GET /calls/:call": {
    requires: "session",
    requests: (_, own, { callId }) => [
      { path: `/calls/${own.callId}` },
      { path: `/calls/${callId}`, statuses: [302, 404] },
    ],
  },
  "GET /calls/:call/:form": {
    requires: "none",
    requests: (_, __, { callId }) => [{ path: `/calls/${callId}/log`, statuses: [302] }],
  },
  "POST /calls/:call/contacts": callForm(({ mark }) => ({ search: mark })),
  "POST /calls/:call/matters": callForm(({ client }) => ({ contact_id: client.id })),
  "POST /calls/:call/log": callForm(({ client, matterId }) => ({
    contact_id: client.id,
    matter_id: matterId,
  })),
  "POST /calls/:call/dismiss": callForm(() => ({})),
  "POST /calls/:call/retry": callForm(() => ({})),
  "POST /calls/:call/number": callForm(({ client }) => ({ contact_id: client.id })),
  "POST /calls/:call/new-contact": callForm(() => ({ first_name: "" })),

  "GET /away": {
    requires: "session",
    showsOwnData: true,
    requests: (_, __, { absenceId }) => [{}, { query: { edit: absenceId } }],
  },
  "GET /away/calendar": { requires: "session", requests: () => [{}] },
  "POST /away/calendar-kinds": {
    requires: "form",
    requests: () => [{ fields: { event_type: SHARED.eventTypeId } }],
  },
  "GET /away/:form": {
    requires: "none",
    requests: (_, __, { absenceId }) => [{ path: `/away/end?id=${absenceId}`, statuses: [302] }],
  },
  "POST /away/save": {
    requires: "form",
    requests: (_, __, { absenceId, userId, strangerId }) => [
      { fields: { id: absenceId, person_id: userId, from_date: "2027-01-01" }, statuses: [403, 404] },
      { fields: { person_id: userId, from_date: "2027-01-01" }, statuses: [400, 403] },
      {
        fields: { person_id: strangerId, from_date: "2027-01-01", stand_in_id: userId },
        statuses: [400, 403],
      },
    ],
  },
  "POST /away/end": {
    requires: "form",
    requests: (_, __, { absenceId }) => [{ fields: { id: absenceId }, statuses: [403, 404] }],
  },
  "POST /setup/time-zone": {
    requires: "form",
    requests: () => [{ fields: { time_zone: "America/Chicago" } }],
  },

  "POST /setup/answering": {
    requires: "form",
    requests: (_, __, { userId }) => [{ fields: { user_id: userId }, statuses: [400, 403] }],
  },
  "POST /setup/answering/compare": {
    requires: "form",
    requests: (_, __, { userId }) => [{ fields: { user_id: userId }, statuses: [400, 403] }],
  },
  "POST /setup/administrators": {
    requires: "form",
    requests: (_, __, { userId }) => [{ fields: { user_id: userId }, statuses: [400, 403] }],
  },
  "POST /setup/administrators/remove": {
    requires: "form",
    requests: (_, __, { userId }) => [{ fields: { user_id: userId }, statuses: [400, 403] }],
  },
  "POST /setup/custom-actions": { requires: "form", requests: () => [{ fields: {} }] },
  "POST /setup/read-again": { requires: "form", requests: () => [{ fields: {} }] },
  "POST /setup/keys": {
    requires: "form",
    showsOwnData: true,
    requests: () => [{ fields: { name: "Another key" } }],
  },
  "POST /setup/keys/saved": {
    requires: "form",
    requests: (_, __, { keyId }) => [{ fields: { key_id: keyId } }],
  },
  "POST /setup/transfer-rules-added": { requires: "form", requests: () => [{ fields: {} }] },
  "POST /setup/keys/revoke": {
    requires: "form",
    requests: (_, __, { keyId, key }) => [
      { fields: { key_id: keyId } },
      { fields: { key_id: key.slice(4, 16) } },
    ],
  },
  "POST /setup/try": {
    requires: "form",
    showsOwnData: true,
    requests: (_, __, { client, mark }) => [
      { fields: { number: client.phone, name: client.name, matter: mark } },
      { fields: { number: SHARED.phone } },
    ],
  },
  "POST /setup/sign-out": { requires: "form", requests: () => [{ fields: {} }] },
  "POST /setup/sign-out-everywhere": { requires: "form", requests: () => [{ fields: {} }] },
  "POST /setup/disconnect": { requires: "form", requests: () => [{ fields: {} }] },

  "GET /connect": {
    requires: "none",
    requests: (_, __, { mark }) => [
      { query: { setup: SETUP_TOKEN }, statuses: [302] },
      { query: { setup: mark, back: mark }, statuses: [302] },
    ],
  },
  "GET /oauth/callback": {
    requires: "none",
    // A state, a code or a return path of another firm takes several requests: see sign-in.test.ts.
    requests: () => [
      { query: { state: "invented", code: "invented" }, statuses: [400] },
      { query: { state: SETUP_TOKEN, error: "access_denied" }, statuses: [400] },
    ],
  },

  "GET /clio-action": {
    requires: "none",
    requests: ({ sandbox }, own, other) => {
      const shared = `/api/v4/matters/${SHARED.matterId}`;
      const click = (firm: AdmittedFirm, subjectPath: string) => ({
        ...Object.fromEntries(new URL(sandbox.click({ userId: firm.userId, subjectPath })).searchParams),
      });
      return [
        // A click of its own user, presented as the other firm's.
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
        // A click of the other firm's user, presented as its own.
        { query: { ...click(other, shared), user_id: own.userId }, owner: own, statuses: [403] },
        // A click of its own user, on a record that only the other firm has.
        ...["matters", "contacts", "activities", "documents", "folders"].map((kind) => ({
          query: {
            ...click(own, shared),
            subject_url: `/api/v4/${kind}/${kind === "contacts" ? other.client.id : other.matterId}`,
          },
          owner: own,
          statuses: [404],
        })),
        // A click of its own user, on a record whose ID both firms have.
        ...[
          shared,
          `/api/v4/contacts/${SHARED.contactId}`,
          `/api/v4/activities/${SHARED.activityId}`,
          `/api/v4/documents/${SHARED.documentId}`,
          `/api/v4/folders/${SHARED.folderId}`,
        ].map((subject) => ({ query: click(own, subject), owner: own, statuses: [200] })),
        // A click presented as that of a user of the other firm who isn't connected, or no longer.
        { query: { ...click(own, shared), user_id: other.strangerId }, statuses: [302] },
        { query: { ...click(own, shared), user_id: other.formerUserId }, statuses: [302] },
      ];
    },
  },

  "POST /webhooks/clio/:webhook": {
    requires: "none",
    requests: (_, own, other) => {
      const known = own.webhook ?? inventedWebhook();
      const theirs = other.webhook ?? inventedWebhook();
      const delivery = (
        webhook: KnownWebhook,
        secret: string,
        id: number,
        event = "updated",
      ): TestRequest => {
        const body = JSON.stringify({ data: { id }, meta: { event, webhook_id: 90_001 } });
        const signature = createHmac("sha256", secret).update(body).digest("hex");
        return { path: webhook.path, body, headers: { "X-Hook-Signature": signature }, statuses: [401] };
      };
      const handshake = (webhook: KnownWebhook, secret: string): TestRequest => ({
        path: webhook.path,
        body: "{}",
        headers: { "X-Hook-Secret": secret },
        statuses: [401],
      });
      const accepted = own.webhook ? { owner: own, statuses: [200] } : {};
      return [
        delivery(known, theirs.secret, SHARED.contactId),
        delivery(theirs, known.secret, SHARED.contactId, "deleted"),
        delivery(inventedWebhook(), theirs.secret, other.client.id),
        handshake(known, theirs.secret),
        handshake(theirs, known.secret),
        handshake(inventedWebhook(), theirs.secret),
        { ...delivery(known, known.secret, other.client.id, "deleted"), ...accepted },
        { ...delivery(known, known.secret, SHARED.contactId, "deleted"), ...accepted },
        { ...delivery(known, known.secret, SHARED.matterId), ...accepted },
      ];
    },
  },
};

/** A form for a call of the other firm, and one that names the other firm's records for an own call. */
function callForm(fieldsOf: (other: AdmittedFirm) => Values): RouteUnderTest {
  return {
    requires: "form",
    requests: (_, own, other) => [
      { call: other.callId, fields: fieldsOf(other), statuses: [403, 404] },
      { call: own.callId, fields: fieldsOf(other), statuses: [200, 400, 403] },
    ],
  };
}

function calls(_: ThreeFirms, __: AdmittedFirm, { client, mark }: AdmittedFirm): readonly TestRequest[] {
  return [{}, { query: { q: client.phone } }, { query: { q: mark, outcome: "routed" } }];
}

function inventedWebhook(): KnownWebhook {
  return {
    path: `/webhooks/clio/${randomBytes(16).toString("base64url")}`,
    secret: randomBytes(32).toString("hex"),
  };
}
