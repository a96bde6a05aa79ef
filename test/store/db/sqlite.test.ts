import fs, {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { sql } from "kysely";
import { afterAll, beforeEach, describe, expect, it, vi } from "vitest";
import { MigrationError, migrate } from "../../../src/store/db/migrate.ts";
import { MIGRATIONS } from "../../../src/store/db/migrations/index.ts";
import type { Schema } from "../../../src/store/db/schema.ts";
import { openSqlite } from "../../../src/store/db/sqlite/sqlite.ts";
import { createSealer } from "../../../src/store/encryption/sealing.ts";
import { KeyNameTakenError } from "../../../src/store/repositories/api-keys.ts";
import { openStore } from "../../../src/store/store.ts";
import { batteryOfTests } from "../battery.ts";
import { token, user } from "../fixtures.ts";

const folder = mkdtempSync(join(tmpdir(), "store-"));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
const newPath = () => join(folder, `${++files}`, "data", "router.db");

batteryOfTests("SQLite", async () => {
  const path = newPath();
  return {
    location: { kind: "sqlite", path },
    open: (sealer, now) => openStore({ kind: "sqlite", path }, sealer, now),
    destroy: async () => rmSync(dirname(path), { recursive: true }),
  };
});

const SEALER = createSealer([new Uint8Array(32).fill(1)]);
const DOE = { region: "us", accountId: 1, name: "Doe LLP" };

let path: string;
beforeEach(() => {
  path = newPath();
});

/** Queries the file without the store. */
function queryFile<Row>(query: string): Row[] {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return database.prepare(query).all() as Row[];
  } finally {
    database.close();
  }
}

const mode = (file: string) => statSync(file).mode & 0o777;

describe("the file", () => {
  it("is accessible only to its owner, like its folder and SQLite's other files", async () => {
    const store = await openStore({ kind: "sqlite", path }, SEALER);
    await store.firms.admit(DOE, { onlyFirst: false });
    expect(mode(dirname(path))).toBe(0o700);
    expect(readdirSync(dirname(path)).sort()).toEqual(["router.db", "router.db-shm", "router.db-wal"]);
    for (const file of readdirSync(dirname(path))) expect(mode(join(dirname(path), file))).toBe(0o600);
    await store.close();
  });

  it.each(["644", "640", "604", "660", "666"])(
    "gets mode 600 if it has %s, with a warning, and so do SQLite's other files",
    async (before) => {
      const first = await openStore({ kind: "sqlite", path }, SEALER);
      await first.firms.admit(DOE, { onlyFirst: false });
      const files = readdirSync(dirname(path)).map((name) => join(dirname(path), name));
      expect(files).toHaveLength(3);
      for (const file of files) chmodSync(file, Number.parseInt(before, 8));
      const warnings: string[] = [];
      const second = await openStore({ kind: "sqlite", path }, SEALER, Date.now, (sentence) => {
        warnings.push(sentence);
      });
      for (const file of files) expect(mode(file)).toBe(0o600);
      expect(warnings.toSorted()).toEqual(
        files
          .toSorted()
          .map(
            (file) =>
              `Other users could access ${file} (mode ${before}). The mode is now 600. Anyone who copied it before still has the copy.`,
          ),
      );
      await second.close();
      await first.close();
    },
  );

  it("is refused if other users can access it and the mode can't be changed", async () => {
    await (await openStore({ kind: "sqlite", path }, SEALER)).close();
    fs.chmodSync(path, 0o644);
    const failToChange = vi.spyOn(fs, "chmodSync").mockImplementation(() => {
      throw Object.assign(new Error("not permitted"), { code: "EPERM" });
    });
    syncBuiltinESMExports();
    try {
      await expect(openStore({ kind: "sqlite", path }, SEALER)).rejects.toThrow(
        `other users can access ${path} (mode 644), and this process can't change that. Run the service as the owner of the file, or run: chmod 600 ${path}`,
      );
    } finally {
      failToChange.mockRestore();
      syncBuiltinESMExports();
    }
    expect(mode(path)).toBe(0o644);
  });

  it("overwrites what is deleted", async () => {
    const db = openSqlite<Schema>(path);
    const { rows } = await sql<{ secure_delete: number }>`PRAGMA secure_delete`.execute(db);
    expect(rows).toEqual([{ secure_delete: 1 }]);
    await db.destroy();
  });

  it("has WAL mode, full synchronization, foreign keys and a busy timeout", async () => {
    const db = openSqlite<Schema>(path);
    // On the store's own connection: all but the first are settings of the connection, not of the file.
    const pragma = async (name: string) => {
      const { rows } = await sql.raw<Record<string, unknown>>(`PRAGMA ${name}`).execute(db);
      return Object.values(rows[0] ?? {})[0];
    };
    expect(await pragma("journal_mode")).toBe("wal");
    expect(await pragma("synchronous")).toBe(2);
    expect(await pragma("foreign_keys")).toBe(1);
    expect(await pragma("busy_timeout")).toBe(5000);
    await db.destroy();
  });

  it("contains no token, user name, email or API key in the clear", async () => {
    const store = await openStore({ kind: "sqlite", path }, SEALER);
    await store.firms.admit(DOE, { onlyFirst: false });
    const { generation } = await store.connections.save(user("us-1", 350));
    await store.connections.saveToken("us-1", 350, token("refreshed"), generation);
    const { key } = await store.apiKeys.create("us-1", "Front desk");
    await store.auditEvents.add({
      firmId: "us-1",
      kind: "key_created",
      actor: { userId: 350, userName: "Felix Dubinsky" },
      subject: { userId: 351, userName: "Margaret Hollis" },
      detail: "Reception key",
      origin: "203.0.113.77",
    });

    const bytes = () =>
      readdirSync(dirname(path))
        .map((file) => readFileSync(join(dirname(path), file)).toString("latin1"))
        .join();
    const secrets = [
      "access-token",
      "refresh-token",
      "User 350",
      "user350",
      "firm.example",
      "Dubinsky",
      "Hollis",
      "Reception key",
      "203.0.113.77",
      key,
      key.slice(17),
    ];
    const written = bytes();
    // To be sure that the file isn't empty.
    expect(written).toContain("us-1");
    expect(written).toContain(key.slice(4, 16));
    for (const secret of secrets) expect(written).not.toContain(secret);
    await store.close();
    const afterwards = bytes();
    expect(afterwards).toContain("us-1");
    for (const secret of secrets) expect(afterwards).not.toContain(secret);
  });

  it("doesn't decrypt a connection that was copied to another row", async () => {
    const store = await openStore({ kind: "sqlite", path }, SEALER);
    await store.firms.admit(DOE, { onlyFirst: false });
    await store.connections.save(user("us-1", 350));
    await store.connections.save(user("us-1", 351));
    await store.close();

    const database = new DatabaseSync(path);
    database.exec(
      "UPDATE connections SET sealed = (SELECT sealed FROM connections WHERE user_id = 350) WHERE user_id = 351",
    );
    database.close();

    const again = await openStore({ kind: "sqlite", path }, SEALER);
    expect(await again.connections.find("us-1", 350)).toMatchObject({ state: "connected" });
    expect(await again.connections.find("us-1", 351)).toMatchObject({ state: "unreadable" });
    await again.close();
  });

  it("is refused and left unchanged if it isn't a database", async () => {
    await (await openStore({ kind: "sqlite", path }, SEALER)).close();
    const text = "this is a letter, not a database\n".repeat(100);
    writeFileSync(path, text);
    await expect(openStore({ kind: "sqlite", path }, SEALER)).rejects.toThrow("not a database");
    expect(readFileSync(path, "utf8")).toBe(text);
  });

  it("is never in memory, even with the path :memory:", async () => {
    const before = process.cwd();
    process.chdir(folder);
    try {
      await (await openStore({ kind: "sqlite", path: ":memory:" }, SEALER)).close();
      expect(existsSync(join(folder, ":memory:"))).toBe(true);
    } finally {
      process.chdir(before);
    }
  });
});

describe("a transaction", () => {
  it("takes the write lock when it begins, so that it doesn't fail later because of another process", async () => {
    const db = openSqlite<Schema>(path);
    await migrate(db, MIGRATIONS);
    const other = new DatabaseSync(path);
    const write = () => other.exec("INSERT INTO used_states VALUES ('a', 1)");
    await db.transaction().execute(async (trx) => {
      await trx.selectFrom("firms").selectAll().execute();
      expect(write).toThrow("database is locked");
    });
    write();
    other.close();
    await db.destroy();
  });
});

describe("parameters", () => {
  it("are stored as they are or refused, and never shifted", async () => {
    const db = openSqlite<{ things: { a: unknown; b: unknown } }>(path);
    await db.schema.createTable("things").addColumn("a", "blob").addColumn("b", "blob").execute();
    const insert = (a: unknown, b: unknown) => db.insertInto("things").values({ a, b }).execute();
    await insert(true, false);
    await insert(null, 12n);
    await insert(new Uint8Array([1, 2]), "text");
    await expect(insert(new Date(), 1)).rejects.toThrow(TypeError);
    await expect(insert({ a: 1 }, 1)).rejects.toThrow(TypeError);
    // Kysely leaves undefined values out of an insert. In a condition, they must be refused.
    const conditions = db.selectFrom("things").selectAll().where("a", "=", undefined);
    await expect(conditions.execute()).rejects.toThrow(TypeError);
    expect(await db.selectFrom("things").selectAll().execute()).toEqual([
      { a: 1, b: 0 },
      { a: null, b: 12 },
      { a: new Uint8Array([1, 2]), b: "text" },
    ]);
    const deleted = await db.deleteFrom("things").where("a", "is not", null).executeTakeFirst();
    expect(deleted.numDeletedRows).toBe(2n);
    await db.destroy();
  });
});

describe("rows", () => {
  it("have the columns a table has now, although the statement was prepared before", async () => {
    const db = openSqlite<{ staff: { id: number; name: string } }>(path);
    await sql`create table staff (id integer, name text)`.execute(db);
    await sql`insert into staff values (1, 'Jane')`.execute(db);
    const allColumns = db.selectFrom("staff").selectAll();
    await expect(allColumns.execute()).resolves.toEqual([{ id: 1, name: "Jane" }]);

    await sql`create table newer (name text, extension text, id integer)`.execute(db);
    await sql`insert into newer select name, '204', id from staff`.execute(db);
    await sql`drop table staff`.execute(db);
    await sql`alter table newer rename to staff`.execute(db);

    await expect(allColumns.execute()).resolves.toEqual([{ id: 1, name: "Jane", extension: "204" }]);
    await expect(db.selectFrom("staff").select(["id", "name"]).execute()).resolves.toEqual([
      { id: 1, name: "Jane" },
    ]);
    await db.destroy();
  });

  it("are the same when they are streamed", async () => {
    const db = openSqlite<{ staff: { id: number; name: string | null } }>(path);
    await sql`create table staff (id integer, name text)`.execute(db);
    await sql`insert into staff values (1, 'Jane'), (2, null)`.execute(db);
    const query = db.selectFrom("staff").select(["name as fullName", "id"]).orderBy("id");

    const streamed: object[] = [];
    for await (const row of query.stream()) streamed.push(row);

    expect(streamed).toEqual([
      { fullName: "Jane", id: 1 },
      { fullName: null, id: 2 },
    ]);
    await expect(query.execute()).resolves.toEqual(streamed);
    await db.destroy();
  });
});

describe("migrations", () => {
  const applied = () => queryFile<{ name: string; timestamp: string }>("SELECT * FROM kysely_migration");

  it("run once", async () => {
    await (await openStore({ kind: "sqlite", path }, SEALER)).close();
    const first = applied();
    expect(first.map(({ name }) => name)).toEqual(Object.keys(MIGRATIONS));
    await (await openStore({ kind: "sqlite", path }, SEALER)).close();
    expect(applied()).toEqual(first);
  });

  it("take no lock if there is nothing to migrate, so that a command doesn't wait for the service", async () => {
    const store = await openStore({ kind: "sqlite", path }, SEALER);
    const writing = new DatabaseSync(path);
    writing.exec("BEGIN IMMEDIATE");
    const command = await openStore({ kind: "sqlite", path }, SEALER);
    expect(await command.firms.count()).toBe(0);
    await command.close();
    writing.close();
    await store.close();
  });

  it("set a firm's last call from the last use of its keys", async () => {
    const before = Object.fromEntries(Object.entries(MIGRATIONS).filter(([name]) => name < "0004"));
    const db = openSqlite<Schema>(path);
    await migrate(db, before);
    await sql`insert into firms values ('us-1', 'us', 1, 'Doe LLP', 10), ('us-2', 'us', 2, 'Roe LLP', 20)`.execute(
      db,
    );
    await sql`insert into bearer_keys values ('a', 'us-1', 'x', '', 1, 30), ('b', 'us-1', 'x', '', 1, 40),
      ('c', 'us-1', 'x', '', 1, null), ('d', 'us-2', 'x', '', 1, null)`.execute(db);
    await db.destroy();
    const store = await openStore({ kind: "sqlite", path }, SEALER);
    expect((await store.firms.list()).map(({ lastCallAt }) => lastCallAt)).toEqual([40, null]);
    await store.close();
  });

  it("remember that a firm was admitted before", async () => {
    const before = Object.fromEntries(Object.entries(MIGRATIONS).filter(([name]) => name < "0007"));
    for (const [file, hasFirm] of [
      [path, true],
      [`${path}.empty`, false],
    ] as const) {
      const db = openSqlite<Schema>(file);
      await migrate(db, before);
      if (hasFirm) await sql`insert into firms values ('us-1', 'us', 1, 'Doe LLP', 10, null)`.execute(db);
      await db.destroy();
      const store = await openStore({ kind: "sqlite", path: file }, SEALER);
      await store.firms.remove("us-1");
      expect(await store.firms.wasAnyAdmitted()).toBe(hasFirm);
      await store.close();
    }
  });

  it("make the user who connected first the administrator, preferably one who is still connected", async () => {
    const before = Object.fromEntries(Object.entries(MIGRATIONS).filter(([name]) => name < "0009"));
    const db = openSqlite<Schema>(path);
    await migrate(db, before);
    await sql`insert into firms (id, region, account_id, name, admitted_at) values
      ('us-1', 'us', 1, 'Doe LLP', 10), ('us-2', 'us', 2, 'Roe LLP', 20), ('us-3', 'us', 3, 'Poe LLP', 30)`.execute(
      db,
    );
    await sql`insert into connections (firm_id, user_id, state, generation, connected_at, sealed, kid) values
      ('us-1', 351, 'connected', 1, 20, '', ${SEALER.kid}), ('us-1', 350, 'revoked', 1, 10, '', ${SEALER.kid}),
      ('us-1', 352, 'connected', 1, 30, '', ${SEALER.kid}), ('us-2', 353, 'revoked', 1, 40, '', ${SEALER.kid}),
      ('us-2', 354, 'revoked', 1, 30, '', ${SEALER.kid})`.execute(db);
    await db.destroy();
    const store = await openStore({ kind: "sqlite", path }, SEALER);
    expect(await store.administrators.listByFirm("us-1")).toEqual(new Map([[351, "named"]]));
    expect(await store.administrators.listByFirm("us-2")).toEqual(new Map([[354, "named"]]));
    expect(await store.administrators.listByFirm("us-3")).toEqual(new Map());
    expect(await store.administrators.countByFirm()).toEqual(new Map([["us-1", 1]]));
    await store.close();
  });

  it("give each of a firm's keys a name of its own, and count firms with calls as set up", async () => {
    const before = Object.fromEntries(Object.entries(MIGRATIONS).filter(([name]) => name < "0012"));
    const db = openSqlite<Schema>(path);
    await migrate(db, before);
    await sql`insert into firms (id, region, account_id, name, admitted_at, last_call_at) values
      ('us-1', 'us', 1, 'Doe LLP', 10, 5000), ('us-2', 'us', 2, 'Roe LLP', 20, null)`.execute(db);
    await sql`insert into bearer_keys (id, firm_id, name, secret_hash, made_at) values
      ('a', 'us-1', 'Upfirst', '', 1), ('b', 'us-1', 'Upfirst', '', 2), ('c', 'us-1', 'Upfirst (2)', '', 3),
      ('d', 'us-1', ' upfirst', '', 4), ('e', 'us-2', 'Upfirst', '', 5)`.execute(db);
    await db.destroy();
    const store = await openStore({ kind: "sqlite", path }, SEALER);
    const names = async (firmId: string) =>
      (await store.apiKeys.listByFirm(firmId)).map(({ id, name }) => `${id}: ${name}`);
    expect(await names("us-1")).toEqual([
      "a: Upfirst",
      "b: Upfirst (3)",
      "c: Upfirst (2)",
      "d:  upfirst (4)",
    ]);
    expect(await names("us-2")).toEqual(["e: Upfirst"]);
    await expect(store.apiKeys.create("us-1", "UPFIRST (3)")).rejects.toThrow(KeyNameTakenError);
    expect(await store.firms.transferRulesAddedAt("us-1")).toBe(4999);
    expect(await store.firms.transferRulesAddedAt("us-2")).toBeNull();
    await store.close();
  });

  it("are all rolled back if one fails", async () => {
    const store = await openStore({ kind: "sqlite", path }, SEALER);
    await store.firms.admit(DOE, { onlyFirst: false });
    await store.close();

    const db = openSqlite<Schema>(path);
    const failing = migrate(db, {
      ...MIGRATIONS,
      "8000-fine": { up: (db) => db.schema.createTable("fine").addColumn("id", "text").execute() },
      "9000-broken": {
        async up(db) {
          await db.schema.createTable("half").addColumn("id", "text").execute();
          await db.deleteFrom("firms").execute();
          throw new Error("failed on purpose");
        },
      },
    });
    await expect(failing).rejects.toThrow(MigrationError);
    await expect(failing).rejects.toMatchObject({
      message: "migration 9000-broken failed",
      code: "migration_error",
      cause: { message: "failed on purpose" },
    });
    await db.destroy();

    const tables = queryFile<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'");
    expect(tables.map(({ name }) => name)).not.toContain("half");
    expect(tables.map(({ name }) => name)).not.toContain("fine");
    const again = await openStore({ kind: "sqlite", path }, SEALER);
    expect(await again.firms.count()).toBe(1);
    await again.close();
  });

  it("of a newer version are refused, and nothing is changed", async () => {
    const db = openSqlite<Schema>(path);
    await migrate(db, {
      ...MIGRATIONS,
      "9000-from-the-future": {
        up: (db) => db.schema.createTable("future").addColumn("id", "text").execute(),
      },
    });
    await db.destroy();
    const before = applied();

    const opening = openStore({ kind: "sqlite", path }, SEALER);
    await expect(opening).rejects.toThrow(MigrationError);
    await expect(opening).rejects.toThrow(/newer than this version.*9000-from-the-future/);
    expect(applied()).toEqual(before);
  });
});
