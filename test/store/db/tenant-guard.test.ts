import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Compilable, Kysely, SqliteAdapter, SqliteDialect, SqliteQueryCompiler, sql } from "kysely";
import { describe, expect, it } from "vitest";
import { compileQuery, type Param } from "../../../src/store/db/compiled-query.ts";
import type { Schema } from "../../../src/store/db/schema.ts";
import { acrossFirms, guardTenants } from "../../../src/store/db/tenant-guard.ts";

/** Queries are refused before they reach a database, so none is needed. */
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

/** The tenant columns of each table, and one of its other columns. */
const TABLES = [
  { table: "firms", tenantColumns: ["id"], other: "name" },
  { table: "connections", tenantColumns: ["firm_id"], other: "user_id" },
  { table: "bearer_keys", tenantColumns: ["firm_id"], other: "id" },
  { table: "webhooks", tenantColumns: ["firm_id"], other: "id" },
  { table: "mirrors", tenantColumns: ["firm_id", "id"], other: "user_id" },
  { table: "mirror_records", tenantColumns: ["mirror_id"], other: "id" },
  { table: "mirror_terms", tenantColumns: ["mirror_id"], other: "hash" },
  { table: "noted_changes", tenantColumns: ["mirror_id"], other: "record_id" },
  { table: "leases", tenantColumns: ["name"], other: "holder" },
] as const;

/** Without types, to write queries that TypeScript would reject. */
const untyped = db as unknown as Kysely<Record<string, Record<string, string | number>>>;

function expectRefused(table: string, query: Compilable): void {
  expect(() => query.compile()).toThrow(
    new RegExp(`^a query on "${table}" isn't limited to one firm: filter by`),
  );
}

function expectAllowed(query: Compilable): void {
  expect(query.compile().sql).not.toBe("");
}

describe.each(TABLES)("a query on $table", ({ table, tenantColumns, other }) => {
  const queries = {
    select: untyped.selectFrom(table).selectAll(),
    update: untyped.updateTable(table).set({ untouched: 1 }),
    delete: untyped.deleteFrom(table),
  };

  it.each(["select", "update", "delete"] as const)("is refused without a firm (%s)", (kind) => {
    const query = queries[kind] as typeof queries.delete;
    expectRefused(table, query);
    expectRefused(table, query.where(other, "=", 1));
    for (const tenantColumn of tenantColumns) {
      expectRefused(table, query.where(tenantColumn, "!=", 1));
      expectRefused(table, query.where(tenantColumn, "in", [1, 2]));
      expectRefused(table, query.where(tenantColumn, "like", "%"));
      expectRefused(table, query.where(tenantColumn, "is not", null));
      expectRefused(table, query.whereRef(tenantColumn, "=", tenantColumn));
      expectRefused(table, query.whereRef(tenantColumn, "=", other));
      expectRefused(
        table,
        query.where(({ or, eb }) => or([eb(tenantColumn, "=", 1), eb(other, "=", 1)])),
      );
      expectRefused(
        table,
        query.where(({ not, eb }) => not(eb(tenantColumn, "=", 1))),
      );
    }
  });

  it.each(["select", "update", "delete"] as const)("is allowed with a firm (%s)", (kind) => {
    const query = queries[kind] as typeof queries.delete;
    for (const tenantColumn of tenantColumns) {
      expectAllowed(query.where(tenantColumn, "=", 1));
      expectAllowed(query.where(`${table}.${tenantColumn}`, "=", 1).where(other, "=", 1));
      expectAllowed(
        query.where(other, ">", 1).where(({ and, eb }) => and([eb(tenantColumn, "=", 1), eb(other, "=", 1)])),
      );
    }
  });

  it("is refused without a firm in any part of another query", () => {
    const outer = untyped.selectFrom("connections").where("connections.firm_id", "=", 1);
    const refused = (build: (subquery: ReturnType<typeof subqueryOn>) => Compilable) => {
      // Built on the guarded database, a subquery is checked on its own; built without the guard, as part of the outer query.
      for (const kysely of [untyped, acrossFirms(db, "a test") as unknown as typeof untyped])
        expect(() => build(subqueryOn(kysely)).compile()).toThrow(
          `a query on "${table}" isn't limited to one firm`,
        );
    };
    const subqueryOn = (kysely: typeof untyped) => kysely.selectFrom(table).select(other);

    refused(() => untyped.selectFrom(`${table} as another`).selectAll());
    refused(() => untyped.selectFrom(["used_states", table]).selectAll());
    refused((subquery) => untyped.selectFrom(subquery.as("inner")).selectAll());
    refused((subquery) =>
      untyped
        .with("some", () => subquery)
        .selectFrom("some")
        .selectAll(),
    );
    refused((subquery) => outer.select(subquery.as("one")));
    refused((subquery) => outer.select("user_id").where("user_id", "in", subquery));
    refused((subquery) => outer.select("user_id").where(({ exists }) => exists(subquery)));
    refused((subquery) => outer.select("user_id").orderBy(subquery));
    refused((subquery) => outer.select(other).union(subquery));
    refused((subquery) => untyped.insertInto("used_states").columns(["id"]).expression(subquery));
    refused((subquery) =>
      untyped
        .updateTable("connections")
        .set({ user_id: subquery as never })
        .where("firm_id", "=", 1),
    );
    refused(() => outer.innerJoin(`${table} as another`, "another.x", "connections.x").selectAll());
    refused(() => outer.leftJoin(`${table} as another`, (join) => join.onTrue()).selectAll());
    refused(() => untyped.deleteFrom("connections").using(table).where("connections.firm_id", "=", 1));
    refused(() =>
      untyped
        .updateTable("connections")
        .from(`${table} as another`)
        .set({ x: 1 })
        .where("connections.firm_id", "=", 1),
    );
  });

  it("can't move a row to another firm or overwrite another firm's row", () => {
    for (const tenantColumn of tenantColumns) {
      expect(() =>
        untyped
          .updateTable(table)
          .set({ [tenantColumn]: 2 })
          .where(tenantColumn, "=", 1)
          .compile(),
      ).toThrow(`${table}.${tenantColumn} identifies the firm of a row and can't be changed`);
      expectAllowed(
        untyped
          .insertInto(table)
          .values({ [tenantColumn]: 1, [other]: 1 })
          .onConflict((conflict) => conflict.columns([tenantColumn, other]).doUpdateSet({ untouched: 1 })),
      );
    }
    const insert = untyped.insertInto(table).values({ [other]: 1 });
    expectAllowed(insert);
    expectAllowed(insert.onConflict((conflict) => conflict.column(other).doNothing()));
    expectRefused(
      table,
      insert.onConflict((conflict) => conflict.column(other).doUpdateSet({ untouched: 1 })),
    );
    expectRefused(
      table,
      insert.onConflict((conflict) => conflict.constraint("some").doUpdateSet({ untouched: 1 })),
    );
    expectRefused(table, insert.orReplace());
  });
});

describe("a join", () => {
  it("on the firm limits the joined table", () => {
    expectAllowed(
      db
        .selectFrom("firms")
        .innerJoin("connections", "connections.firm_id", "firms.id")
        .innerJoin("webhooks as hook", "hook.firm_id", "connections.firm_id")
        .select("hook.id")
        .where("firms.id", "=", "us-1"),
    );
    expectAllowed(
      db
        .selectFrom("mirrors as copy")
        .innerJoin("mirror_terms", "mirror_terms.mirror_id", "copy.id")
        .leftJoin("mirror_records", "mirror_records.mirror_id", "mirror_terms.mirror_id")
        .select("mirror_records.id")
        .where("copy.firm_id", "=", "us-1"),
    );
    expectAllowed(
      db
        .selectFrom("firms")
        .select(({ selectFrom }) =>
          selectFrom("connections")
            .select("user_id")
            .whereRef("connections.firm_id", "=", "firms.id")
            .limit(1)
            .as("any_user"),
        )
        .where("firms.id", "=", "us-1"),
    );
  });

  it("on another column doesn't", () => {
    expectRefused(
      "webhooks",
      db
        .selectFrom("connections")
        .innerJoin("webhooks", "webhooks.user_id", "connections.user_id")
        .select("webhooks.id")
        .where("connections.firm_id", "=", "us-1"),
    );
    // IDs of different things that could happen to be equal.
    expectRefused(
      "mirror_records",
      untyped
        .selectFrom("mirrors")
        .innerJoin("mirror_records", "mirror_records.mirror_id", "mirrors.firm_id")
        .select("mirror_records.id")
        .where("mirrors.firm_id", "=", 1),
    );
  });

  it("to a table that isn't limited itself doesn't", () => {
    expectRefused(
      "firms",
      db.selectFrom("firms").innerJoin("connections", "connections.firm_id", "firms.id").select("user_id"),
    );
  });

  it("that returns every row of a table doesn't limit that table", () => {
    const onFirm = db
      .selectFrom("connections")
      .leftJoin("firms", (join) =>
        join.onRef("firms.id", "=", "connections.firm_id").on("connections.firm_id", "=", "us-1"),
      );
    expectRefused("connections", onFirm.select("user_id"));
    expectRefused(
      "connections",
      db
        .selectFrom("firms")
        .rightJoin("connections", "connections.firm_id", "firms.id")
        .select("user_id")
        .where("firms.id", "=", "us-1"),
    );
  });

  it("doesn't count a column without its table name", () => {
    expectRefused(
      "connections",
      untyped
        .selectFrom(["connections", "used_states"])
        .select("connections.user_id")
        .where("firm_id", "=", 1),
    );
  });
});

describe("a query that can't be inspected", () => {
  const rawSqlRefused = "raw SQL could reach any firm's rows";

  it("is refused if it has raw SQL as a statement, condition, table or value", async () => {
    await expect(sql`delete from connections`.execute(db)).rejects.toThrow(rawSqlRefused);
    const one = db.selectFrom("connections").select("user_id").where("firm_id", "=", "us-1");
    const raw = [
      one.where(sql<boolean>`1 = 1) or (1 = 1`),
      one.select(sql`(select name from firms)`.as("name")),
      one.orderBy(sql`(select name from firms)`),
      db.selectFrom(sql<{ user_id: number }>`${sql.table("connections")}`.as("all")).select("user_id"),
      db.selectFrom("used_states").select(sql`(select name from firms)`.as("name")),
    ];
    for (const query of raw) expect(() => query.compile()).toThrow(rawSqlRefused);
  });

  it("is allowed if the raw SQL is Kysely's own", () => {
    expectAllowed(
      db
        .selectFrom("connections")
        .select(({ fn, ref }) => [fn.countAll().as("all"), fn.coalesce(ref("kid"), ref("sealed")).as("x")])
        .where("firm_id", "=", "us-1")
        .where("state", "=", sql.lit("connected"))
        .orderBy("preferred", "desc")
        .orderBy("connected_at", "asc"),
    );
  });

  it("is refused if it is a kind of statement the store doesn't use", () => {
    const merge = untyped
      .mergeInto("connections")
      .using("used_states", "used_states.id", "connections.user_id")
      .whenMatched()
      .thenDelete();
    expect(() => merge.compile()).toThrow("the tenant guard doesn't support MergeQueryNode");
    expect(() => db.schema.dropTable("connections").compile()).toThrow("doesn't support DropTableNode");
  });
});

it("checks a compiled query once, when it is built", () => {
  expect(() =>
    compileQuery(db, (param: Param<"id">) =>
      db.selectFrom("bearer_keys").selectAll().where("id", "=", param("id")),
    ),
  ).toThrow('a query on "bearer_keys" isn\'t limited to one firm');
  compileQuery(db, (param: Param<"firmId">) =>
    db.selectFrom("bearer_keys").selectAll().where("firm_id", "=", param("firmId")),
  );
});

it("allows any query on tables without firms' rows", () => {
  expectAllowed(db.deleteFrom("used_states").where("expires_at", "<=", 1));
  expectAllowed(db.selectFrom("used_states").selectAll());
});

it("names the table, the columns to filter by, and acrossFirms", () => {
  expect(() => db.selectFrom("mirrors").selectAll().compile()).toThrow(
    'a query on "mirrors" isn\'t limited to one firm: filter by mirrors.firm_id or mirrors.id, or use acrossFirms and give the reason',
  );
});

it("allows any query through acrossFirms", () => {
  expectAllowed(acrossFirms(db, "a test").selectFrom("connections").selectAll());
  expectAllowed(
    sql`select 1`.compile(acrossFirms(db, "a test")) && acrossFirms(db, "a test").selectFrom("firms"),
  );
});

it("can be bypassed only with acrossFirms: no file of the store uses another way", () => {
  const files = readdirSync(STORE, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".ts"),
  );
  const filesMatching = (pattern: RegExp) =>
    files.filter((name) => pattern.test(readFileSync(join(STORE, name), "utf8"))).toSorted();
  expect(filesMatching(/withoutPlugins/)).toEqual(["db/tenant-guard.ts"]);
  expect(filesMatching(/guardTenants\(/)).toEqual(["db/tenant-guard.ts", "store.ts"]);
  // The guard doesn't see compiled queries; the SQLite driver begins transactions with one.
  expect(filesMatching(/CompiledQuery\.raw/)).toEqual(["db/sqlite/node-sqlite-dialect.ts"]);
});
