import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Compilable, Kysely, SqliteAdapter, SqliteDialect, SqliteQueryCompiler, sql } from "kysely";
import { describe, expect, it } from "vitest";
import { compileQuery, type Place } from "../../../src/store/db/compiled-query.ts";
import type { Schema } from "../../../src/store/db/schema.ts";
import { acrossFirms, guardTenants } from "../../../src/store/db/tenant-guard.ts";

/** Queries are refused before they reach a database: here is none. */
class NoDatabase extends SqliteDialect {
  override createAdapter() {
    return new SqliteAdapter();
  }
  override createQueryCompiler() {
    return new SqliteQueryCompiler();
  }
}

const db = guardTenants(new Kysely<Schema>({ dialect: new NoDatabase({ database: undefined as never }) }));

const STORE = join(import.meta.dirname, "../../../src/store");

/** What names the firm of a table's rows, and some other column of it. */
const TABLES = [
  { table: "firms", owners: ["id"], other: "name" },
  { table: "connections", owners: ["firm_id"], other: "user_id" },
  { table: "bearer_keys", owners: ["firm_id"], other: "id" },
  { table: "webhooks", owners: ["firm_id"], other: "id" },
  { table: "mirrors", owners: ["firm_id", "id"], other: "user_id" },
  { table: "mirror_records", owners: ["mirror_id"], other: "id" },
  { table: "mirror_terms", owners: ["mirror_id"], other: "hash" },
  { table: "noted_changes", owners: ["mirror_id"], other: "record_id" },
  { table: "leases", owners: ["name"], other: "holder" },
] as const;

/** The tables with no types between: what a slip of the pen can write. */
const untyped = db as unknown as Kysely<Record<string, Record<string, string | number>>>;

function refusedFor(table: string, query: Compilable): void {
  expect(() => query.compile()).toThrow(new RegExp(`^a query of "${table}" names no firm: narrow it by`));
}

function passes(query: Compilable): void {
  expect(query.compile().sql).not.toBe("");
}

describe.each(TABLES)("a query of $table", ({ table, owners, other }) => {
  const queries = {
    select: untyped.selectFrom(table).selectAll(),
    update: untyped.updateTable(table).set({ untouched: 1 }),
    delete: untyped.deleteFrom(table),
  };

  it.each(["select", "update", "delete"] as const)("is refused without a firm: %s", (kind) => {
    const query = queries[kind] as typeof queries.delete;
    refusedFor(table, query);
    refusedFor(table, query.where(other, "=", 1));
    for (const owner of owners) {
      refusedFor(table, query.where(owner, "!=", 1));
      refusedFor(table, query.where(owner, "in", [1, 2]));
      refusedFor(table, query.where(owner, "like", "%"));
      refusedFor(table, query.where(owner, "is not", null));
      refusedFor(table, query.whereRef(owner, "=", owner));
      refusedFor(table, query.whereRef(owner, "=", other));
      refusedFor(
        table,
        query.where(({ or, eb }) => or([eb(owner, "=", 1), eb(other, "=", 1)])),
      );
      refusedFor(
        table,
        query.where(({ not, eb }) => not(eb(owner, "=", 1))),
      );
    }
  });

  it.each(["select", "update", "delete"] as const)("passes with one: %s", (kind) => {
    const query = queries[kind] as typeof queries.delete;
    for (const owner of owners) {
      passes(query.where(owner, "=", 1));
      passes(query.where(`${table}.${owner}`, "=", 1).where(other, "=", 1));
      passes(query.where(other, ">", 1).where(({ and, eb }) => and([eb(owner, "=", 1), eb(other, "=", 1)])));
    }
  });

  it("is refused without a firm wherever it stands", () => {
    const around = untyped.selectFrom("connections").where("connections.firm_id", "=", 1);
    const refused = (build: (inside: ReturnType<typeof insideOf>) => Compilable) => {
      // Put together with the database, a subquery is looked at by itself; past the guard, with what is around it.
      for (const some of [untyped, acrossFirms(db, "a test") as unknown as typeof untyped])
        expect(() => build(insideOf(some)).compile()).toThrow(`a query of "${table}" names no firm`);
    };
    const insideOf = (some: typeof untyped) => some.selectFrom(table).select(other);

    refused(() => untyped.selectFrom(`${table} as another`).selectAll());
    refused(() => untyped.selectFrom(["used_states", table]).selectAll());
    refused((inside) => untyped.selectFrom(inside.as("inner")).selectAll());
    refused((inside) =>
      untyped
        .with("some", () => inside)
        .selectFrom("some")
        .selectAll(),
    );
    refused((inside) => around.select(inside.as("one")));
    refused((inside) => around.select("user_id").where("user_id", "in", inside));
    refused((inside) => around.select("user_id").where(({ exists }) => exists(inside)));
    refused((inside) => around.select("user_id").orderBy(inside));
    refused((inside) => around.select(other).union(inside));
    refused((inside) => untyped.insertInto("used_states").columns(["id"]).expression(inside));
    refused((inside) =>
      untyped
        .updateTable("connections")
        .set({ user_id: inside as never })
        .where("firm_id", "=", 1),
    );
    refused(() => around.innerJoin(`${table} as another`, "another.x", "connections.x").selectAll());
    refused(() => around.leftJoin(`${table} as another`, (join) => join.onTrue()).selectAll());
    refused(() => untyped.deleteFrom("connections").using(table).where("connections.firm_id", "=", 1));
    refused(() =>
      untyped
        .updateTable("connections")
        .from(`${table} as another`)
        .set({ x: 1 })
        .where("connections.firm_id", "=", 1),
    );
  });

  it("gives no row to another firm, and puts none in the place of another firm's", () => {
    for (const owner of owners) {
      expect(() =>
        untyped
          .updateTable(table)
          .set({ [owner]: 2 })
          .where(owner, "=", 1)
          .compile(),
      ).toThrow(`${table}.${owner} says whose a row is, and is never changed`);
      passes(
        untyped
          .insertInto(table)
          .values({ [owner]: 1, [other]: 1 })
          .onConflict((conflict) => conflict.columns([owner, other]).doUpdateSet({ untouched: 1 })),
      );
    }
    const insert = untyped.insertInto(table).values({ [other]: 1 });
    passes(insert);
    passes(insert.onConflict((conflict) => conflict.column(other).doNothing()));
    refusedFor(
      table,
      insert.onConflict((conflict) => conflict.column(other).doUpdateSet({ untouched: 1 })),
    );
    refusedFor(
      table,
      insert.onConflict((conflict) => conflict.constraint("some").doUpdateSet({ untouched: 1 })),
    );
    refusedFor(table, insert.orReplace());
  });
});

describe("a join", () => {
  it("on the firm narrows the table that is joined", () => {
    passes(
      db
        .selectFrom("firms")
        .innerJoin("connections", "connections.firm_id", "firms.id")
        .innerJoin("webhooks as told", "told.firm_id", "connections.firm_id")
        .select("told.id")
        .where("firms.id", "=", "us-1"),
    );
    passes(
      db
        .selectFrom("mirrors as copy")
        .innerJoin("mirror_terms", "mirror_terms.mirror_id", "copy.id")
        .leftJoin("mirror_records", "mirror_records.mirror_id", "mirror_terms.mirror_id")
        .select("mirror_records.id")
        .where("copy.firm_id", "=", "us-1"),
    );
    passes(
      db
        .selectFrom("firms")
        .select(({ selectFrom }) =>
          selectFrom("connections")
            .select("user_id")
            .whereRef("connections.firm_id", "=", "firms.id")
            .limit(1)
            .as("somebody"),
        )
        .where("firms.id", "=", "us-1"),
    );
  });

  it("on anything else does not", () => {
    refusedFor(
      "webhooks",
      db
        .selectFrom("connections")
        .innerJoin("webhooks", "webhooks.user_id", "connections.user_id")
        .select("webhooks.id")
        .where("connections.firm_id", "=", "us-1"),
    );
    // Numbers of two kinds that happen to be equal.
    refusedFor(
      "mirror_records",
      untyped
        .selectFrom("mirrors")
        .innerJoin("mirror_records", "mirror_records.mirror_id", "mirrors.firm_id")
        .select("mirror_records.id")
        .where("mirrors.firm_id", "=", 1),
    );
  });

  it("to a table that is not narrowed itself does not", () => {
    refusedFor(
      "firms",
      db.selectFrom("firms").innerJoin("connections", "connections.firm_id", "firms.id").select("user_id"),
    );
  });

  it("that keeps every row of a table does not narrow that table", () => {
    const onFirm = db
      .selectFrom("connections")
      .leftJoin("firms", (join) =>
        join.onRef("firms.id", "=", "connections.firm_id").on("connections.firm_id", "=", "us-1"),
      );
    refusedFor("connections", onFirm.select("user_id"));
    refusedFor(
      "connections",
      db
        .selectFrom("firms")
        .rightJoin("connections", "connections.firm_id", "firms.id")
        .select("user_id")
        .where("firms.id", "=", "us-1"),
    );
  });

  it("leaves a column without its table nobody's", () => {
    refusedFor(
      "connections",
      untyped
        .selectFrom(["connections", "used_states"])
        .select("connections.user_id")
        .where("firm_id", "=", 1),
    );
  });
});

describe("what cannot be looked through", () => {
  const cannot = "raw SQL may ask any firm's rows";

  it("is refused: a statement, a condition, a table, a value", async () => {
    await expect(sql`delete from connections`.execute(db)).rejects.toThrow(cannot);
    const one = db.selectFrom("connections").select("user_id").where("firm_id", "=", "us-1");
    const raw = [
      one.where(sql<boolean>`1 = 1) or (1 = 1`),
      one.select(sql`(select name from firms)`.as("name")),
      one.orderBy(sql`(select name from firms)`),
      db.selectFrom(sql<{ user_id: number }>`${sql.table("connections")}`.as("all")).select("user_id"),
      db.selectFrom("used_states").select(sql`(select name from firms)`.as("name")),
    ];
    for (const query of raw) expect(() => query.compile()).toThrow(cannot);
  });

  it("but not what Kysely itself writes", () => {
    passes(
      db
        .selectFrom("connections")
        .select(({ fn, ref }) => [fn.countAll().as("all"), fn.coalesce(ref("kid"), ref("sealed")).as("x")])
        .where("firm_id", "=", "us-1")
        .where("state", "=", sql.lit("connected"))
        .orderBy("preferred", "desc")
        .orderBy("connected_at", "asc"),
    );
  });

  it("is a kind of statement that the store does not have", () => {
    const merge = untyped
      .mergeInto("connections")
      .using("used_states", "used_states.id", "connections.user_id")
      .whenMatched()
      .thenDelete();
    expect(() => merge.compile()).toThrow("no query of the store is a MergeQueryNode");
    expect(() => db.schema.dropTable("connections").compile()).toThrow("is a DropTableNode");
  });
});

it("holds for queries that are compiled once, when they are put together", () => {
  expect(() =>
    compileQuery(db, (place: Place<"id">) =>
      db.selectFrom("bearer_keys").selectAll().where("id", "=", place("id")),
    ),
  ).toThrow('a query of "bearer_keys" names no firm');
  compileQuery(db, (place: Place<"firmId">) =>
    db.selectFrom("bearer_keys").selectAll().where("firm_id", "=", place("firmId")),
  );
});

it("leaves alone what belongs to no firm", () => {
  passes(db.deleteFrom("used_states").where("expires_at", "<=", 1));
  passes(db.selectFrom("used_states").selectAll());
});

it("says which table, by which column, and which door there is", () => {
  expect(() => db.selectFrom("mirrors").selectAll().compile()).toThrow(
    'a query of "mirrors" names no firm: narrow it by mirrors.firm_id or mirrors.id, or go through acrossFirms and say why',
  );
});

it("lets through what goes by the door", () => {
  passes(acrossFirms(db, "a test").selectFrom("connections").selectAll());
  passes(sql`select 1`.compile(acrossFirms(db, "a test")) && acrossFirms(db, "a test").selectFrom("firms"));
});

it("is passed by the door alone: no file of the store has another way around it", () => {
  const files = readdirSync(STORE, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".ts"),
  );
  const having = (words: RegExp) =>
    files.filter((name) => words.test(readFileSync(join(STORE, name), "utf8"))).toSorted();
  expect(having(/withoutPlugins/)).toEqual(["db/tenant-guard.ts"]);
  expect(having(/guardTenants\(/)).toEqual(["db/tenant-guard.ts", "store.ts"]);
  // A finished query is not looked at any more; the engine begins its transactions with one.
  expect(having(/CompiledQuery\.raw/)).toEqual(["db/sqlite.ts"]);
});
