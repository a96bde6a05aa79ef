import { DatabaseSync } from "node:sqlite";
import supertest from "supertest";
import { expect, onTestFinished } from "vitest";
import type { AttemptCounts } from "../../src/store/coordination/attempt-counts.ts";
import { POLL_INTERVAL_MS, until } from "../../testkit/mirror.ts";
import {
  decide,
  type RunningService,
  SETUP_TOKEN,
  sandboxForTest,
  serviceForTest,
} from "../../testkit/service.ts";
import { type MarkedFirm, markedFirm } from "./marked-firms.ts";

const PUBLIC_URL = "https://calls.router.example";

/** The browser of a signed-in user. */
export interface SignedInBrowser {
  /** The values of the cookies with these names and the prefix `__Host-`. */
  readonly session: string;
  readonly connecting: string;
  /** The CSRF token. */
  readonly csrf: string;
  /** The setup page after signing in. */
  readonly page: string;
}

/** What Clio knows about a webhook. */
export interface KnownWebhook {
  readonly path: string;
  readonly secret: string;
}

/** An admitted firm with all its credentials. */
export interface AdmittedFirm extends MarkedFirm {
  readonly key: string;
  readonly keyId: string;
  readonly revokedKey: string;
  /** What the form to mark the rule of `userId` as added contains. */
  readonly ruleVersion: string;
  /** An absence of `userId`. */
  readonly absenceId: string;
  /** A call from `client`. */
  readonly callId: string;
  /** Replaced when the user disconnects and connects again. */
  signedIn: SignedInBrowser;
  /** A session whose connection has ended. */
  readonly former: SignedInBrowser;
  /** Null if nothing is stored. */
  readonly webhook: KnownWebhook | null;
}

/** Every attempt is the first one: otherwise the limits would hide what a route does with foreign credentials. */
const NO_LIMITS: AttemptCounts = {
  count: async (_kind, _key, windowMs) => ({ attempts: 1, windowEndsAt: Date.now() + windowMs }),
  takeBack: async () => {},
  peek: async () => null,
};

/** The service with three admitted firms, with a mirror of each or none. The clock stands still. */
export async function threeFirms(directory: "live" | "mirror") {
  const now = () => Date.parse("2026-05-31T15:00:00Z");
  const [alder, birch, cedar] = [
    markedFirm("Aldermark", 1),
    markedFirm("Birchmark", 2),
    markedFirm("Cedarmark", 3),
  ];
  const marked = [alder, birch, cedar];
  const dunmark = markedFirm("Dunmark", 4);
  const sandbox = await sandboxForTest({
    firms: [...marked, dunmark].map(({ sandbox }) => sandbox),
    redirectUris: [`${PUBLIC_URL}/oauth/callback`],
    now,
  });
  const service = await serviceForTest(sandbox.url, {
    now,
    pollIntervalMs: POLL_INTERVAL_MS,
    attemptCounts: NO_LIMITS,
    env: {
      DIRECTORY: directory,
      PUBLIC_URL,
      // Successful probes are logged at this level.
      LOG_LEVEL: "debug",
      CUSTOM_ACTION_RECORDS: "matters,contacts,activities,documents,folders",
    },
  });
  sandbox.webhooks.deliverTo = service.url;
  const database = new DatabaseSync(service.databaseFile, { readOnly: true });
  onTestFinished(() => database.close());
  const rowsOf = rowsReader(database);

  const signedIn = new Map<string, SignedInBrowser>();
  for (const { id, userId } of marked) signedIn.set(id, await signIn(service, userId, SETUP_TOKEN));
  const idle = () => (directory === "mirror" ? allSynced(database, marked.length) : Promise.resolve());
  await idle();

  async function admitted(firm: MarkedFirm): Promise<AdmittedFirm> {
    const browser = signedIn.get(firm.id);
    if (!browser) throw new Error(`${firm.id} did not sign in`);
    const { key } = keyOn(browser.page);
    const revoked = keyOn((await post(service, "/setup/keys", browser, { name: `${firm.mark} night` })).text);
    await post(service, "/setup/keys/revoke", browser, { key_id: revoked.id });
    const created = await post(service, "/setup/keys", browser, { name: `${firm.mark} line` });
    const former = await signIn(service, firm.formerUserId);
    await post(service, "/setup/disconnect", former);
    const rules = await supertest(service.url)
      .get("/transfer-rules")
      .set("Cookie", `__Host-session=${browser.session}`);
    const ruleVersion = versionOn(rules.text, firm.userId);
    await post(service, "/transfer-rules/added", browser, {
      person_id: String(firm.userId),
      version: ruleVersion,
    });
    const absenceFields = {
      person_id: String(firm.userId),
      from_date: "2027-01-01",
      stand_in_id: String(firm.strangerId),
      note: `${firm.mark} is skiing`,
    };
    await post(service, "/away/save", browser, absenceFields);
    const away = await supertest(service.url).get("/away").set("Cookie", `__Host-session=${browser.session}`);
    const absenceId = /\/away\?edit=([0-9a-f]{16})/.exec(away.text)?.[1];
    if (!absenceId) throw new Error("no absence was entered");
    await supertest(service.url)
      .get("/route-call")
      .query({ caller_id: firm.client.phone })
      .set("Authorization", `Bearer ${key}`);
    const calls = await supertest(service.url)
      .get("/calls.json")
      .set("Cookie", `__Host-session=${browser.session}`);
    const callId: string = calls.body[0].id;
    const [hook] = sandbox.webhooks.registry.of(firm.userId);
    const webhook = hook ? { path: new URL(hook.url).pathname, secret: hook.shared_secret } : null;
    const own = [key, keyOn(created.text).id, browser.session, browser.csrf, webhook?.path, webhook?.secret];
    return {
      ...firm,
      marks: [...firm.marks, ...own.flatMap((text) => (text ? [text.toLowerCase()] : []))],
      key,
      keyId: keyOn(created.text).id,
      revokedKey: revoked.key,
      ruleVersion,
      absenceId,
      callId,
      signedIn: browser,
      former,
      webhook,
    };
  }
  const firms = [await admitted(alder), await admitted(birch), await admitted(cedar)] as const;

  return {
    service,
    sandbox,
    firms,
    /** A firm in Clio that isn't admitted. */
    notAdmitted: dunmark,
    /** Everything stored about a firm, every request to its Clio, and what the service has created there. */
    stateOf(firm: MarkedFirm) {
      const users = firm.sandbox.users.map(({ id }) => id);
      return {
        rows: rowsOf(firm.id),
        clioRequests: sandbox.requests
          .filter(({ userId }) => userId !== null && users.includes(userId))
          .map(({ method, path, status }) => `${method} ${path} ${status}`),
        customActions: users.flatMap((id) => sandbox.customActions.of(id)).map((action) => ({ ...action })),
        webhooks: users.flatMap((id) => sandbox.webhooks.registry.of(id)).map((webhook) => ({ ...webhook })),
      };
    },
    /** Resolves once no earlier request has work left in the background. */
    idle,
    signIn: (userId: number) => signIn(service, userId),
  };
}

export type ThreeFirms = Awaited<ReturnType<typeof threeFirms>>;

/** Connects a user without a cookie jar: over plain http it wouldn't send `Secure` cookies back. */
async function signIn(service: RunningService, userId: number, setup?: string): Promise<SignedInBrowser> {
  const start = await supertest(service.url)
    .get("/connect")
    .query(setup === undefined ? {} : { setup });
  const connecting = cookieIn(start, "connecting");
  const back = await decide(start.headers.location ?? "", userId);
  const callback = await supertest(service.url).get(back).set("Cookie", `__Host-connecting=${connecting}`);
  const first = cookieIn(callback, "session");
  const page = await supertest(service.url).get("/setup").set("Cookie", `__Host-session=${first}`);
  expect(page.status, page.text).toBe(200);
  const csrf = /name="csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? "";
  // The first visit may change the session, because the first key is shown only once.
  const session = page.headers["set-cookie"] ? cookieIn(page, "session") : first;
  return { session, connecting, csrf, page: page.text };
}

function post(
  service: RunningService,
  path: string,
  { session, csrf }: SignedInBrowser,
  fields: Record<string, string> = {},
) {
  return supertest(service.url)
    .post(path)
    .set("Cookie", `__Host-session=${session}`)
    .type("form")
    .send({ csrf, ...fields });
}

/** The value of a cookie set by a response. */
export function cookieIn({ headers }: { headers: Record<string, unknown> }, name: string): string {
  const cookies = String(headers["set-cookie"] ?? "");
  const value = new RegExp(`\\b__Host-${name}=([^;,]+)`).exec(cookies)?.[1];
  if (!value) throw new Error(`the response sets no cookie ${name}`);
  return value;
}

/** The version of a person's transfer rule, from its form. */
function versionOn(page: string, personId: number): string {
  const form = new RegExp(
    `name="person_id" value="${personId}">\\s*<input[^>]+name="version" value="([^"]+)"`,
  );
  const version = form.exec(page)?.[1];
  if (!version) throw new Error(`the page has no rule for ${personId}: ${page}`);
  return version;
}

function keyOn(page: string): { key: string; id: string } {
  const [key, id] = /ccr_([0-9a-f]{12})_[\w-]{43}/.exec(page) ?? [];
  if (!key || !id) throw new Error("the page shows no key");
  return { key, id };
}

/** Resolves once every firm's mirror is complete, its webhooks are confirmed, and no work is left. */
function allSynced(database: DatabaseSync, firms: number): Promise<void> {
  const count = (query: string) => Object.values(database.prepare(query).get() ?? {})[0];
  return until(() => {
    expect(count("select count(*) from mirrors")).toBe(firms);
    expect(count("select count(*) from mirrors where gone = 0 and complete_at > 0 and pass_wanted = 0")).toBe(
      firms,
    );
    expect(count("select count(*) from mirrors where pass_kind is not null")).toBe(0);
    expect(count("select count(*) from webhooks where sealed_secret is not null")).toBe(2 * firms);
    expect(count("select count(*) from noted_changes")).toBe(0);
    expect(count("select count(*) from leases")).toBe(0);
  });
}

/** The tables whose rows belong to no firm. */
const TABLES_WITHOUT_FIRM =
  /^(used_states|revoked_sessions|invitations|clio_windows|wrong_guesses|pending_erasures|first_admission|kysely_migration.*|sqlite_.*)$/;

/**
 * Returns a function that reads all rows of a firm, and throws if the firm isn't admitted. Fails for a table that it doesn't
 * know: add here how its rows belong to a firm.
 */
function rowsReader(database: DatabaseSync): (firmId: string) => Record<string, unknown[]> {
  const tables = database
    .prepare("select name from sqlite_master where type = 'table'")
    .all()
    .map(({ name }) => String(name))
    .filter((table) => !TABLES_WITHOUT_FIRM.test(table))
    .map((table) => ({
      table,
      ofFirm: database.prepare(`select * from ${table} where ${firmCondition(database, table)}`),
    }));
  return (firmId) => {
    const rows = Object.fromEntries(tables.map(({ table, ofFirm }) => [table, ofFirm.all({ firm: firmId })]));
    if (rows.firms?.length !== 1) throw new Error(`${firmId} isn't admitted`);
    return rows;
  };
}

function firmCondition(database: DatabaseSync, table: string): string {
  const columns = database
    .prepare(`pragma table_info(${table})`)
    .all()
    .map(({ name }) => name);
  if (columns.includes("firm_id")) return "firm_id = :firm";
  if (columns.includes("mirror_id")) return "mirror_id in (select id from mirrors where firm_id = :firm)";
  if (table === "firms") return "id = :firm";
  if (table === "leases") return "name like '%' || :firm";
  throw new Error(`how do the rows of ${table} belong to a firm?`);
}
