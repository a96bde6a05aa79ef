import { DatabaseSync } from "node:sqlite";
import supertest from "supertest";
import { expect, onTestFinished } from "vitest";
import { LOOKS_EVERY, until } from "../../testkit/mirror.ts";
import {
  decide,
  type RunningService,
  SETUP_TOKEN,
  sandboxForTest,
  serviceForTest,
} from "../../testkit/service.ts";
import { type MarkedFirm, markedFirm } from "./marked-firms.ts";

const PUBLIC_URL = "https://calls.router.example";

/** Who signed in, as their browser knows it. */
export interface SignedInBrowser {
  /** The values of the cookies of that name. */
  readonly session: string;
  readonly connecting: string;
  /** Of the forms. */
  readonly csrf: string;
  /** The set-up page as it was shown then. */
  readonly page: string;
}

/** A webhook as Clio knows it. */
export interface KnownWebhook {
  readonly path: string;
  readonly secret: string;
}

/** An admitted firm with everything that gets into it. */
export interface AdmittedFirm extends MarkedFirm {
  readonly key: string;
  readonly keyId: string;
  readonly revokedKey: string;
  /** Changes when the user has disconnected and is back. */
  signedIn: SignedInBrowser;
  /** A session that ended with its connection. */
  readonly former: SignedInBrowser;
  /** None where nothing is kept. */
  readonly webhook: KnownWebhook | null;
}

/** The service with three firms, all of which it keeps or none; no time passes. */
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
    pollIntervalMs: LOOKS_EVERY,
    env: {
      DIRECTORY: directory,
      PUBLIC_URL,
      CUSTOM_ACTION_RECORDS: "matters,contacts,activities,documents,folders",
    },
  });
  sandbox.webhooks.deliverTo = service.url;
  const database = new DatabaseSync(service.databaseFile, { readOnly: true });
  onTestFinished(() => database.close());
  const rowsOf = rowsReader(database);

  const signedIn = new Map<string, SignedInBrowser>();
  for (const { id, userId } of marked) signedIn.set(id, await signIn(service, userId, SETUP_TOKEN));
  const atRest = () => (directory === "mirror" ? keptWhole(database, marked.length) : Promise.resolve());
  await atRest();

  async function admitted(firm: MarkedFirm): Promise<AdmittedFirm> {
    const browser = signedIn.get(firm.id);
    if (!browser) throw new Error(`${firm.id} did not sign in`);
    const { key } = keyOn(browser.page);
    const revoked = keyOn((await post(service, "/setup/keys", browser, { name: `${firm.mark} night` })).text);
    await post(service, "/setup/keys/revoke", browser, { key_id: revoked.id });
    const made = await post(service, "/setup/keys", browser, { name: `${firm.mark} line` });
    const former = await signIn(service, firm.formerUserId);
    await post(service, "/setup/disconnect", former);
    const [hook] = sandbox.webhooks.registry.of(firm.userId);
    const webhook = hook ? { path: new URL(hook.url).pathname, secret: hook.shared_secret } : null;
    const own = [key, keyOn(made.text).id, browser.session, browser.csrf, webhook?.path, webhook?.secret];
    return {
      ...firm,
      marks: [...firm.marks, ...own.flatMap((text) => (text ? [text.toLowerCase()] : []))],
      key,
      keyId: keyOn(made.text).id,
      revokedKey: revoked.key,
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
    /** Has Clio, and is not admitted. */
    notAdmitted: dunmark,
    /** Everything that is kept of a firm, and everything that its Clio was asked and has of ours. */
    stateOf(firm: MarkedFirm) {
      const users = firm.sandbox.users.map(({ id }) => id);
      return {
        rows: rowsOf(firm.id),
        asked: sandbox.requests
          .filter(({ userId }) => userId !== null && users.includes(userId))
          .map(({ method, path, status }) => `${method} ${path} ${status}`),
        customActions: users.flatMap((id) => sandbox.customActions.of(id)).map((action) => ({ ...action })),
        webhooks: users.flatMap((id) => sandbox.webhooks.registry.of(id)).map((webhook) => ({ ...webhook })),
      };
    },
    /** Resolves when nothing is under way that a request before has begun. */
    atRest,
    signIn: (userId: number) => signIn(service, userId),
  };
}

export type ThreeFirms = Awaited<ReturnType<typeof threeFirms>>;

/** Connects a user with nothing but requests: over plain http no browser would give the cookies of https back. */
async function signIn(service: RunningService, userId: number, setup?: string): Promise<SignedInBrowser> {
  const start = await supertest(service.url)
    .get("/connect")
    .query(setup === undefined ? {} : { setup });
  const connecting = cookieIn(start, "connecting");
  const back = await decide(start.headers.location ?? "", userId);
  const callback = await supertest(service.url).get(back).set("Cookie", `connecting=${connecting}`);
  const first = cookieIn(callback, "session");
  const page = await supertest(service.url).get("/setup").set("Cookie", `session=${first}`);
  expect(page.status, page.text).toBe(200);
  const csrf = /name="csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? "";
  // The first look at the page changes the session: its first key is shown once.
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
    .set("Cookie", `session=${session}`)
    .type("form")
    .send({ csrf, ...fields });
}

/** The value of a cookie that an answer sets. */
export function cookieIn({ headers }: { headers: Record<string, unknown> }, name: string): string {
  const cookies = String(headers["set-cookie"] ?? "");
  const value = new RegExp(`\\b${name}=([^;,]+)`).exec(cookies)?.[1];
  if (!value) throw new Error(`no cookie ${name} was set`);
  return value;
}

function keyOn(page: string): { key: string; id: string } {
  const [key, id] = /ccr_([0-9a-f]{12})_[\w-]{43}/.exec(page) ?? [];
  if (!key || !id) throw new Error("no key was shown");
  return { key, id };
}

/** Resolves when every firm has been read, its webhooks are in place, and nobody is at work any more. */
function keptWhole(database: DatabaseSync, firms: number): Promise<void> {
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
const NOBODYS = /^(used_states|invitations|clio_windows|wrong_guesses|kysely_migration.*|sqlite_.*)$/;

/**
 * Reads all rows of a firm. Throws for a table of which it cannot tell: whoever adds one says here whose its rows are; and
 * for a firm that is not admitted.
 */
function rowsReader(database: DatabaseSync): (firmId: string) => Record<string, unknown[]> {
  const tables = database
    .prepare("select name from sqlite_master where type = 'table'")
    .all()
    .map(({ name }) => String(name))
    .filter((table) => !NOBODYS.test(table))
    .map((table) => ({
      table,
      ofFirm: database.prepare(`select * from ${table} where ${whoseRows(database, table)}`),
    }));
  return (firmId) => {
    const rows = Object.fromEntries(tables.map(({ table, ofFirm }) => [table, ofFirm.all({ firm: firmId })]));
    if (rows.firms?.length !== 1) throw new Error(`${firmId} is not admitted`);
    return rows;
  };
}

function whoseRows(database: DatabaseSync, table: string): string {
  const columns = database
    .prepare(`pragma table_info(${table})`)
    .all()
    .map(({ name }) => name);
  if (columns.includes("firm_id")) return "firm_id = :firm";
  if (columns.includes("mirror_id")) return "mirror_id in (select id from mirrors where firm_id = :firm)";
  if (table === "firms") return "id = :firm";
  if (table === "leases") return "name like '%' || :firm";
  throw new Error(`whose are the rows of ${table}?`);
}
