import { existsSync, readdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { openStore } from "../../src/store/store.ts";
import { startCommand } from "../../testkit/command.ts";
import { folderForTest } from "../../testkit/service.ts";
import { SMALL_SEALER, settingsFor, smallStore } from "../../testkit/stored.ts";

const MOVE = join(import.meta.dirname, "../../src/commands/migrate-to-postgres/main.ts");
/** Nobody answers there: whoever gets so far says so. */
const NOWHERE = "postgres://router:not-to-be-shown@127.0.0.1:1/router";
const USAGE = "Usage: npm run move -- --to postgres://USER:PASSWORD@HOST/DATABASE [--replace]\n";

/** `npm run move` from start to end. */
async function moved(env: Record<string, string>, args: readonly string[] = ["--to", NOWHERE]) {
  const { output, ended } = await startCommand(MOVE, args, env);
  return { code: await ended, ...output };
}

/** The path of a store that a service has left in order. */
async function storeAtRest(): Promise<string> {
  const path = join(await folderForTest(), "router.db");
  await smallStore(path);
  return path;
}

/** Changes the file as nothing of ours would. */
function tamper(path: string, sql: string): void {
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
}

describe("npm run move", () => {
  test.each([
    [[]],
    [["--to"]],
    [[NOWHERE]],
    [["--too", NOWHERE]],
    [["--to", NOWHERE, "--force"]],
    [[`--to=${NOWHERE}`, `--replace=${NOWHERE}`]],
  ])("%j is answered with how it is used, and 2, and quotes nothing", async (args) => {
    expect(await moved({}, args)).toEqual({ code: 2, out: "", err: USAGE });
  });

  test.each([
    ["sqlite:./data/router.db", "must be postgres://USER:PASSWORD@HOST/DATABASE"],
    ["mysql://router:not-to-be-shown@db/router", "must be sqlite:PATH, or postgres://"],
    ["postgres://router:not-to-be-shown@db", "must name a database after the host"],
    [`${NOWHERE}?sslmode=maybe`, "has an sslmode that is none of"],
  ])("--to %s: what is wrong with it, and 2", async (to, problem) => {
    const { code, out, err } = await moved({}, ["--to", to]);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(/^--to .+\.\nUsage: /);
    expect(err).toContain(problem);
    expect(err).not.toContain("not-to-be-shown");
  });

  test("bad settings, and a store that is in PostgreSQL already, are said in a sentence", async () => {
    expect(await moved({ PORT: "seventy" })).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^PORT: .*Example: /m),
    });
    expect(await moved({ ...settingsFor(""), DATABASE_URL: NOWHERE })).toEqual({
      code: 1,
      out: "",
      err: "DATABASE_URL leads to PostgreSQL already. It has to name the SQLite file that is to be moved: sqlite:PATH.\n",
    });
  });

  test("a file that is not there is not made", async () => {
    const folder = await folderForTest();
    const { code, err } = await moved(settingsFor(join(folder, "data/router.db")));
    expect(code).toBe(1);
    expect(err).toBe(
      `There is no file ${folder}/data/router.db, which DATABASE_URL names: there is nothing to move.\nNothing was moved.\n`,
    );
    expect(existsSync(join(folder, "data"))).toBe(false);
  });

  test("a service that runs has to be stopped, also when DATABASE_URL is a link to its file", async () => {
    const path = await storeAtRest();
    const store = await openStore({ kind: "sqlite", path }, SMALL_SEALER);
    const link = join(await folderForTest(), "link.db");
    symlinkSync(path, link);
    for (const name of [path, link]) {
      const { code, err } = await moved(settingsFor(name));
      expect(code).toBe(1);
      expect(err).toContain(
        `${name} is in use: there is ${realpathSync(path)}-wal beside it. Stop the service`,
      );
      expect(err).toContain("If it is not running, it was killed the last time: start it and stop it once");
    }
    await store.close();
    expect((await moved(settingsFor(path))).err).toContain(
      "This failed: the database at 127.0.0.1:1 refuses: connect ECONNREFUSED",
    );
  });

  test.each([
    ["delete from kysely_migration where name like '0005%'", /was made by an older version.*Start this/],
    ["insert into kysely_migration values ('9999-later', '')", /was made by a newer version/],
    ["drop table kysely_migration", /is no store of this service/],
  ])("%s: not of this version, and left as it is", async (sql, words) => {
    const path = await storeAtRest();
    tamper(path, sql);
    const before = readFileSync(path);
    const { code, err } = await moved(settingsFor(path));
    expect(code).toBe(1);
    expect(err).toMatch(words);
    expect(err).toMatch(/\nNothing was moved\.\n$/);
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  test("a file that is no database is said to be none", async () => {
    const path = join(await folderForTest(), "router.db");
    writeFileSync(path, "These are notes, and no database at all.".repeat(100));
    expect(await moved(settingsFor(path))).toMatchObject({
      code: 1,
      err: expect.stringMatching(/cannot be read as a store: file is not a database\.\n/),
    });
  });

  test("a target that does not answer: why, without the password, and nothing beside the file", async () => {
    const path = await storeAtRest();
    const before = [readFileSync(path), readdirSync(join(path, "..")).toSorted()];
    const { code, out, err } = await moved(settingsFor(path));
    expect({ code, out, err }).toEqual({
      code: 1,
      out: "",
      err: "This failed: the database at 127.0.0.1:1 refuses: connect ECONNREFUSED 127.0.0.1:1\nNothing was moved.\n",
    });
    expect([readFileSync(path), readdirSync(join(path, "..")).toSorted()]).toEqual(before);
  });
});
