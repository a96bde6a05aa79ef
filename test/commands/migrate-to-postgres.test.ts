import { existsSync, readdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { openStore } from "../../src/store/store.ts";
import { startCommand } from "../../testkit/command.ts";
import { folderForTest } from "../../testkit/service.ts";
import { createSmallStore, SMALL_SEALER, settingsFor } from "../../testkit/stored.ts";

const MIGRATE = join(import.meta.dirname, "../../src/commands/migrate-to-postgres/main.ts");
/** Nothing listens there: a command that gets this far reports it. */
const NOWHERE = "postgres://router:not-to-be-shown@127.0.0.1:1/router";
const USAGE = `Usage: npm run migrate-to-postgres -- --to postgres://USER:PASSWORD@HOST/DATABASE [--replace]

Copies everything from the SQLite file of DATABASE_URL into a PostgreSQL database. Stop the service first.

  --to URL    the target database
  --replace   overwrite data that only the target has
`;

/** Runs `npm run migrate-to-postgres` in its own process. */
async function migrate(env: Record<string, string>, args: readonly string[] = ["--to", NOWHERE]) {
  const { output, ended } = await startCommand(MIGRATE, args, env);
  return { code: await ended, ...output };
}

/** The path of a database that was closed cleanly. */
async function closedStore(): Promise<string> {
  const path = join(await folderForTest(), "router.db");
  await createSmallStore(path);
  return path;
}

/** Changes the file in a way the service never would. */
function tamper(path: string, sql: string): void {
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
}

const UNKNOWN = "Unknown option or argument, or a missing value.";

describe("npm run migrate-to-postgres", () => {
  test.each([
    [[], "--to is required."],
    [["--to"], UNKNOWN],
    [[NOWHERE], UNKNOWN],
    [["--too", NOWHERE], UNKNOWN],
    [["--to", NOWHERE, "--force"], UNKNOWN],
    [[`--to=${NOWHERE}`, `--replace=${NOWHERE}`], UNKNOWN],
  ])("refuses %j with the usage and 2, without quoting it", async (args, message) => {
    expect(await migrate({}, args)).toEqual({ code: 2, out: "", err: `${message}\n\n${USAGE}` });
  });

  test.each([
    ["sqlite:./data/router.db", "must be postgres://USER:PASSWORD@HOST/DATABASE"],
    ["mysql://router:not-to-be-shown@db/router", "must be sqlite:PATH, or postgres://"],
    ["postgres://router:not-to-be-shown@db", "must name a database after the host"],
    [`${NOWHERE}?sslmode=maybe`, "must set sslmode to one of"],
  ])("refuses --to %s with the problem and 2", async (to, problem) => {
    const { code, out, err } = await migrate({}, ["--to", to]);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(/^--to .+\.\n\nUsage: /);
    expect(err).toContain(problem);
    expect(err).not.toContain("not-to-be-shown");
  });

  test("reports invalid settings, and a database that is PostgreSQL already", async () => {
    expect(await migrate({ PORT: "seventy" })).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^PORT: .*Example: /m),
    });
    expect(await migrate({ ...settingsFor(""), DATABASE_URL: NOWHERE })).toEqual({
      code: 1,
      out: "",
      err: "DATABASE_URL is a PostgreSQL database already. Set it to the SQLite file to copy: sqlite:PATH.\n",
    });
  });

  test("doesn't create a file that is missing", async () => {
    const folder = await folderForTest();
    const { code, err } = await migrate(settingsFor(join(folder, "data/router.db")));
    expect(code).toBe(1);
    expect(err).toBe(
      `The file in DATABASE_URL, ${folder}/data/router.db, doesn't exist, so there is nothing to copy.\nNothing was copied.\n`,
    );
    expect(existsSync(join(folder, "data"))).toBe(false);
  });

  test("refuses the file of a running service, even behind a link", async () => {
    const path = await closedStore();
    const store = await openStore({ kind: "sqlite", path }, SMALL_SEALER);
    const link = join(await folderForTest(), "link.db");
    symlinkSync(path, link);
    for (const name of [path, link]) {
      const { code, err } = await migrate(settingsFor(name));
      expect(code).toBe(1);
      expect(err).toContain(`${name} is in use: ${realpathSync(path)}-wal exists. Stop the service`);
      expect(err).toContain("If it isn't running, it was killed last time: start it and stop it once");
    }
    await store.close();
    expect((await migrate(settingsFor(path))).err).toContain(
      "The migration failed: cannot connect to the database at 127.0.0.1:1: connect ECONNREFUSED",
    );
  });

  test.each([
    ["delete from kysely_migration where name like '0005%'", /was made by an older version.*Start this/],
    ["insert into kysely_migration values ('9999-later', '')", /was made by a newer version/],
    ["drop table kysely_migration", /isn't a database of this service/],
  ])("refuses a file of another version, unchanged (%s)", async (sql, message) => {
    const path = await closedStore();
    tamper(path, sql);
    const before = readFileSync(path);
    const { code, err } = await migrate(settingsFor(path));
    expect(code).toBe(1);
    expect(err).toMatch(message);
    expect(err).toMatch(/\nNothing was copied\.\n$/);
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  test("refuses a file that isn't a database", async () => {
    const path = join(await folderForTest(), "router.db");
    writeFileSync(path, "These are notes, and no database at all.".repeat(100));
    expect(await migrate(settingsFor(path))).toMatchObject({
      code: 1,
      err: expect.stringMatching(/can't be read as a database: file is not a database\.\n/),
    });
  });

  test("reports a target that doesn't answer, without its password, and leaves nothing next to the file", async () => {
    const path = await closedStore();
    const before = [readFileSync(path), readdirSync(join(path, "..")).toSorted()];
    const { code, out, err } = await migrate(settingsFor(path));
    expect({ code, out, err }).toEqual({
      code: 1,
      out: "",
      err: "The migration failed: cannot connect to the database at 127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1\nNothing was copied.\n",
    });
    expect([readFileSync(path), readdirSync(join(path, "..")).toSorted()]).toEqual(before);
  });
});
