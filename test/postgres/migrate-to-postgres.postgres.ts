import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type Kysely, sql } from "kysely";
import pg from "pg";
import supertest from "supertest";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { exampleCases } from "../../sandbox/firms/example-firm.ts";
import { COPIED_TABLES, TABLES } from "../../src/commands/migrate-to-postgres/tables.ts";
import { openPostgres } from "../../src/store/db/postgres/postgres.ts";
import type { Schema } from "../../src/store/db/schema.ts";
import { openSqliteImmutable } from "../../src/store/db/sqlite/sqlite.ts";
import { createSealer } from "../../src/store/encryption/sealing.ts";
import { openDatabase } from "../../src/store/store.ts";
import { envOf, startCommand } from "../../testkit/command.ts";
import { metric, mirroredService, until } from "../../testkit/mirror.ts";
import { type PostgresServer, startPostgres } from "../../testkit/postgres.ts";
import { folderForTest } from "../../testkit/service.ts";
import { allRows, createSmallStore, laterToken, settingsFor, withStore } from "../../testkit/stored.ts";
import { withHostPrefix } from "../../testkit/visitor.ts";
import { NOON, token, user } from "../store/fixtures.ts";

const { janeDoe } = exampleCases;
const MIGRATE = join(import.meta.dirname, "../../src/commands/migrate-to-postgres/main.ts");
const PUBLIC_URL = "https://calls.hollisvance.example";
const ALWAYS = Number.POSITIVE_INFINITY;

/** Runs `npm run migrate-to-postgres` in its own process. */
async function migrate(args: readonly string[], env: Record<string, string>) {
  const { output, ended } = await startCommand(MIGRATE, args, env);
  return { code: await ended, ...output };
}

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.close());

/** An empty database, with a password in its address, which the server does not look at. */
async function freshTarget(): Promise<string> {
  return (await postgres.freshDatabase()).replace("router@", "router:not-to-be-shown@");
}

/** A small store, closed cleanly, and an empty database to migrate it to. */
async function smallMigration() {
  const path = join(await folderForTest(), "router.db");
  const made = await createSmallStore(path);
  const url = await freshTarget();
  const runMigration = (...args: string[]) => migrate(["--to", url, ...args], settingsFor(path));
  return { path, url, location: { kind: "postgres", url } as const, runMigration, ...made };
}

/** Every row of the copied tables in the file. */
async function inFile(path: string) {
  const db = openSqliteImmutable<Schema>(path);
  try {
    return await allRows(db, COPIED_TABLES);
  } finally {
    await db.destroy();
  }
}

/** Every row of the copied tables in the database. */
function inTarget(url: string) {
  return withTarget(url, (db) => allRows(db, COPIED_TABLES));
}

async function withTarget<T>(url: string, work: (db: Kysely<Schema>) => Promise<T>): Promise<T> {
  const db = await openPostgres<Schema>(url, "maintenance");
  try {
    return await work(db);
  } finally {
    await db.destroy();
  }
}

const NOTHING = Object.fromEntries(COPIED_TABLES.map((table) => [table, []]));

/** Another connection to the target, closed after the test. */
async function otherConnection(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  onTestFinished(() => client.end().catch(() => {}));
  return client;
}

describe("npm run migrate-to-postgres", () => {
  test("the service works on PostgreSQL as before: calls, keys, sessions, webhooks, added rules", async () => {
    const mirrored = await mirroredService();
    const { sandbox, ask, browser, restart } = mirrored;
    const cookies = withHostPrefix((await browser.get("/setup")).request.cookies);
    const first = await restart({ PUBLIC_URL });
    const ours = () => sandbox.webhooks.registry.of(350);
    await until(() => expect(ours().map(({ status }) => status)).toEqual(["enabled", "enabled"]));
    await sandbox.webhooks.idle();
    const answers = async () =>
      Promise.all(
        [
          ask("/route-call", { caller_id: janeDoe.phone }),
          ask("/lookup-contact", { last_4: janeDoe.phone.slice(-4) }),
          ask("/responsible-staff", { clio_contact_id: janeDoe.contactId }),
          ask("/route-call", { caller_id: "+14155550199" }),
        ].map(async (asked) => {
          const { status, body } = await asked;
          return { status, body };
        }),
      );
    const before = await answers();
    expect(before.map(({ body }) => body.found)).toEqual([true, true, true, false]);
    const rules = () => supertest(first.url).get("/transfer-rules").set("Cookie", cookies);
    const [, csrf = ""] = /name="csrf" value="([^"]+)"/.exec((await rules()).text) ?? [];
    const [, personId = "", version = ""] =
      /name="person_id" value="(\d+)">\s*<input[^>]+name="version" value="([^"]+)"/.exec(
        (await rules()).text,
      ) ?? [];
    await supertest(first.url)
      .post("/transfer-rules/added")
      .set("Cookie", cookies)
      .type("form")
      .send({ csrf, person_id: personId, version });
    expect((await rules()).text).toContain("1 of 14 added");
    await first.close();

    const path = first.databaseFile;
    const source = [readFileSync(path), readdirSync(dirname(path))];
    const url = await freshTarget();
    const { code, out, err } = await migrate(["--to", url], envOf(first));
    expect({ code, out }).toEqual({ code: 0, out: "" });
    expect(err).toMatch(/^ *0% {2}\d+ of [\d,]+ rows copied\n/);
    expect(err).toMatch(/\n {2}mirror_records +\d+ +\d+\.\d s\n/);
    expect(err).toMatch(
      /SECRET_KEY decrypts 1 of 1 connection, 2 of 2 webhook secrets, (\d+) of \1 records, (\d+) of \2 calls\.\n/,
    );
    expect(err).toContain("Next: set DATABASE_URL to the target and start the service.");
    expect(err).not.toMatch(/not-to-be-shown|Hollis|Doe/);
    expect(err).not.toContain("\x1b");
    expect([readFileSync(path), readdirSync(dirname(path))]).toEqual(source);
    expect(await inTarget(url)).toEqual(await inFile(path));

    const service = await restart({ PUBLIC_URL, DATABASE_URL: url });
    expect(service.logLines.join()).not.toContain("not-to-be-shown");
    sandbox.fault({ path: "/api", kind: "status", status: 500, times: ALWAYS });
    expect((await answers()).slice(0, 3)).toEqual(before.slice(0, 3));
    sandbox.clearFaults();
    expect(await answers()).toEqual(before);
    const page = await supertest(service.url).get("/setup").set("Cookie", cookies);
    expect(page.status).toBe(200);
    expect(page.text).toContain("Hollis &amp; Vance LLP");
    const added = await supertest(service.url).get("/transfer-rules").set("Cookie", cookies);
    expect(added.text).toContain("1 of 14 added");
    sandbox.changes().removeContact(janeDoe.contactId);
    await until(async () => {
      const { body } = await ask("/lookup-contact", { phone: janeDoe.phone });
      expect(body.found).toBe(false);
    });
    expect(await metric(service, 'clio_webhook_deliveries_total{outcome="noted"}')).toBe(1);
  });

  test("can be repeated after the source has changed", async () => {
    const { path, url, runMigration, generation } = await smallMigration();
    expect((await runMigration()).code).toBe(0);
    expect(await inTarget(url)).toEqual(await inFile(path));
    expect((await runMigration()).code).toBe(0);
    expect(await inTarget(url)).toEqual(await inFile(path));

    await withStore({ kind: "sqlite", path }, async (store) => {
      await store.connections.saveToken("us-1", 350, laterToken("newer", 60_000), generation);
      await store.connections.save({ ...user("us-2", 352), token: token("another") });
      await store.mirrors.discard("us-1");
    });
    expect((await runMigration()).code).toBe(0);
    expect(await inTarget(url)).toEqual(await inFile(path));
    await withStore({ kind: "postgres", url }, async ({ connections, usedStates, leases }) => {
      expect((await connections.find("us-1", 350))?.token?.refreshToken).toBe("refresh-token-newer");
      expect(await usedStates.consume("a-state", NOON + 60_000)).toBe(false);
      expect(await leases.acquire("mirror us-1", "another", 1_000)).toBe(true);
    });
  });

  test("copies a store without a firm", async () => {
    const path = join(await folderForTest(), "router.db");
    await withStore({ kind: "sqlite", path }, async () => {});
    const url = await freshTarget();
    expect(await migrate(["--to", url], settingsFor(path))).toMatchObject({ code: 0 });
    expect(await inTarget(url)).toEqual(NOTHING);
  });
});

describe("an interrupted migration changes nothing", () => {
  /** A migration that is blocked after the records were copied and before the terms are. */
  async function blockedMigration() {
    const migration = await smallMigration();
    await (await openDatabase(migration.location)).destroy();
    const holder = await otherConnection(migration.url);
    await holder.query(`
      select pg_advisory_lock(7);
      create function block_insert() returns trigger language plpgsql as
        $$ begin perform pg_advisory_xact_lock(7); return null; end $$;
      create trigger block_insert before insert on mirror_terms for each statement execute function block_insert();`);
    const running = await startCommand(MIGRATE, ["--to", migration.url], settingsFor(migration.path));
    await until(async () => {
      const { rows } = await holder.query(
        "select 1 from pg_locks where locktype = 'advisory' and not granted",
      );
      expect(rows).toHaveLength(1);
    });
    return { ...migration, ...running, unblock: () => holder.query("select pg_advisory_unlock(7)") };
  }

  test.each(["SIGINT", "SIGTERM"] as const)("by %s, which exits with 130", async (signal) => {
    const { process: child, output, ended, url, path, runMigration, unblock } = await blockedMigration();
    child.kill(signal);
    child.kill(signal);
    expect(await ended).toBe(130);
    expect(output.err).toMatch(/\nStopped\. Nothing was copied\.\n$/);
    expect(await inTarget(url)).toEqual(NOTHING);
    await unblock();
    expect((await runMigration()).code).toBe(0);
    expect(await inTarget(url)).toEqual(await inFile(path));
  });

  test("by SIGKILL, and the next one copies everything", async () => {
    const { process: child, ended, url, path, runMigration, unblock } = await blockedMigration();
    child.kill("SIGKILL");
    expect(await ended).toBe(null);
    await unblock();
    expect(await inTarget(url)).toEqual(NOTHING);
    expect((await runMigration()).code).toBe(0);
    expect(await inTarget(url)).toEqual(await inFile(path));
  });

  test("by the server, which breaks the connection", async () => {
    const { output, ended, url, unblock } = await blockedMigration();
    const other = await otherConnection(url);
    await other.query(
      "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and not granted",
    );
    expect(await ended).toBe(1);
    expect(output.err).toMatch(/\nThe migration failed: .*\nNothing was copied\.\n$/);
    await unblock();
    expect(await inTarget(url)).toEqual(NOTHING);
  });

  test.each([
    ["is open", (path: string) => new DatabaseSync(path).exec("begin; select * from firms"), / is in use: /],
    [
      "was written to",
      (path: string) => {
        const db = new DatabaseSync(path);
        db.exec("update firms set name = 'Another LLP'");
        db.close();
      },
      / was changed during the copy\. /,
    ],
  ])("because the source %s in the meantime", async (_, change, message) => {
    const { output, ended, url, path, unblock } = await blockedMigration();
    change(path);
    await unblock();
    expect(await ended).toBe(1);
    expect(output.err).toMatch(message);
    expect(output.err).toMatch(/\nNothing was copied\.\n$/);
    expect(await inTarget(url)).toEqual(NOTHING);
  });

  test("because another connection uses the target", async () => {
    const { runMigration, url, path } = await smallMigration();
    expect((await runMigration()).code).toBe(0);
    const reader = await otherConnection(url);
    await reader.query("begin; select * from firms");
    const { code, err } = await runMigration();
    expect(code).toBe(1);
    expect(err).toMatch(/^The target's tables are in use: .*\nNothing was copied\.\n$/);
    expect(await inTarget(url)).toEqual(await inFile(path));
  });

  test.each([
    [
      "mirror_terms",
      "return null",
      /^\d+%.*\n(.*\n)*The copy is incomplete: mirror_terms has 0 of 18 rows\./,
    ],
    [
      "connections",
      "new.sealed = 'x'; return new",
      /The copy is incomplete: 2 of 2 connections can be decrypted in the source, but not in the target\./,
    ],
    [
      "webhooks",
      "new.sealed_secret = 'x'; return new",
      /incomplete: 1 of 1 webhook secret can be decrypted in the source, but not in the target\./,
    ],
    [
      "mirror_records",
      "new.id = new.id + 10; return new",
      /incomplete: 6 of 6 records can be decrypted in the source, but not in the target\./,
    ],
  ])("because %s arrives changed (%s)", async (table, change, message) => {
    const { runMigration, url, location } = await smallMigration();
    await (await openDatabase(location)).destroy();
    const other = await otherConnection(url);
    await other.query(`
      create function spoil() returns trigger language plpgsql as $$ begin ${change}; end $$;
      create trigger spoil before insert on ${table} for each row execute function spoil();`);
    const { code, err } = await runMigration();
    expect(code).toBe(1);
    expect(err).toMatch(message);
    expect(err).toMatch(/\nNothing was copied\.\n$/);
    expect(await inTarget(url)).toEqual(NOTHING);
  });
});

describe("a target with data of its own", () => {
  const LATER = 60_000;

  test("is left unchanged and listed; --replace overwrites it", async () => {
    const { runMigration, path, url, location, generation } = await smallMigration();
    expect((await runMigration()).code).toBe(0);
    await withStore(location, async (store) => {
      await store.firms.admit({ region: "us", accountId: 3, name: "Poe LLP" }, { onlyFirst: false });
      await store.connections.save({ ...user("us-3", 353), token: token("third") });
      await store.connections.saveToken("us-1", 350, laterToken("newer", LATER), generation);
      await store.apiKeys.create("us-2", "New desk");
      await store.apiKeys.create("us-2", "Back office");
      await store.firms.recordCall("us-1", NOON + LATER);
      const { mirror } = (await store.mirrors.findByFirm("us-1")) ?? {};
      await store.mirrors.recordPoll(mirror?.id ?? 0, (mirror?.polledAt ?? 0) + LATER);
    });
    const before = await inTarget(url);

    const refused = await runMigration();
    expect(refused).toEqual({
      code: 1,
      out: "",
      err: [
        "The target has data that the SQLite file doesn't have, or has an older version of:",
        "  us-3: the firm itself, 1 connection",
        "  us-2: 2 API keys",
        "  us-1: a token of user 350 that is newer or can't be compared, later calls, later changes from Clio",
        "If the service already runs on the target, the data was copied before and there is nothing to do. To overwrite the target with the SQLite file and lose the data above for good, add --replace.",
        "Nothing was copied.",
        "",
      ].join("\n"),
    });
    expect(await inTarget(url)).toEqual(before);

    const replaced = await runMigration("--replace");
    expect(replaced.code).toBe(0);
    expect(replaced.err).toContain(
      "\nReplaced what only the target had:\n  us-3: the firm itself, 1 connection\n",
    );
    expect(await inTarget(url)).toEqual(await inFile(path));
  });

  test("counts a token that no key decrypts, on either side", async () => {
    for (const side of ["source", "target"] as const) {
      const { runMigration, path, location, generation } = await smallMigration();
      expect((await runMigration()).code).toBe(0);
      const other = createSealer([new Uint8Array(32).fill(8), new Uint8Array(32).fill(7)]);
      await withStore(
        side === "source" ? { kind: "sqlite", path } : location,
        ({ connections }) => connections.saveToken("us-1", 350, token("sealed anew"), generation),
        { sealer: other },
      );
      const { code, err } = await runMigration();
      expect(code).toBe(1);
      expect(err).toContain("\n  us-1: a token of user 350 that is newer or can't be compared\n");
    }
  });

  test("counts a webhook, but not a mirror or a used state, which are replaceable", async () => {
    const { runMigration, path, url, location } = await smallMigration();
    expect((await runMigration()).code).toBe(0);
    await withStore(location, async (store) => {
      await store.mirrors.create("us-2", 351, "format");
      await store.usedStates.consume("another-state", Date.now());
    });
    expect((await runMigration()).code).toBe(0);
    expect(await inTarget(url)).toEqual(await inFile(path));
    await withStore(location, async ({ webhooks }) => {
      await webhooks.add(
        { firmId: "us-2", userId: 351, model: "matter", expiresAt: 0 },
        (id) => `https://a/${id}`,
      );
    });
    expect(await runMigration()).toMatchObject({
      code: 1,
      err: expect.stringContaining("\n  us-2: 1 webhook\n"),
    });
  });
});

test("copies and reports what can't be decrypted in the source either", async () => {
  const { path, url } = await smallMigration();
  const newKeys = [new Uint8Array(32).fill(8)];
  await withStore(
    { kind: "sqlite", path },
    ({ connections }) => connections.save({ ...user("us-2", 352), token: token("another") }),
    { sealer: createSealer(newKeys) },
  );
  const { code, err } = await migrate(["--to", url], settingsFor(path, newKeys));
  expect(code).toBe(0);
  expect(err).toContain(
    "SECRET_KEY decrypts 1 of 3 connections, 0 of 1 webhook secret, 0 of 6 records, 0 of 1 call.\n",
  );
  expect(err).toContain(
    "\nThe others can't be decrypted in the source either: their key isn't in SECRET_KEY, or was left out",
  );
  expect(await inTarget(url)).toEqual(await inFile(path));
});

describe("the list of tables", () => {
  const databaseOf = async () => ({ kind: "postgres", url: await postgres.freshDatabase() }) as const;

  test("has every table of the database after those it references, with its primary key", async () => {
    const db = await openDatabase(await databaseOf());
    onTestFinished(() => db.destroy());
    const tables = await db.introspection.getTables();
    const names = Object.keys(TABLES);
    expect(names.toSorted()).toEqual(tables.map(({ name }) => name).toSorted());

    const { rows: references } = await sql<{ from: string; to: string }>`
      select conrelid::regclass::text as from, confrelid::regclass::text as to
      from pg_constraint where contype = 'f'`.execute(db);
    expect(references).not.toEqual([]);
    for (const { from, to } of references) expect(names.indexOf(from)).toBeGreaterThan(names.indexOf(to));

    for (const [name, migration] of Object.entries(TABLES)) {
      if (migration.policy !== "preserve") continue;
      const { rows } = await sql<{ column: string }>`
        select attname as column from pg_index join pg_attribute on attrelid = indrelid and attnum = any (indkey)
        where indisprimary and indrelid = ${name}::regclass`.execute(db);
      expect(rows.map(({ column }) => column).toSorted(), name).toEqual([...migration.primaryKey].toSorted());
    }
  });

  test("has only columns of text and numbers, which is all that the copy supports", async () => {
    const db = await openDatabase(await databaseOf());
    onTestFinished(() => db.destroy());
    const tables = await db.introspection.getTables();
    const types = new Set(tables.flatMap(({ columns }) => columns.map(({ dataType }) => dataType)));
    expect([...types].toSorted()).toEqual(["int4", "int8", "text"]);
  });
});
