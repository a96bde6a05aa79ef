import { readFileSync } from "node:fs";
import { parse } from "dotenv";
import { expect, test } from "vitest";
import { readSettings } from "../../src/config/settings.ts";
import { SettingsError } from "../../src/config/settings-error.ts";
import { SETTINGS } from "../../src/config/settings-schema.ts";
import { ROOT, readDocument, tableRowsOf } from "./markdown.ts";

const byName = ([one]: readonly string[], [other]: readonly string[]) =>
  String(one).localeCompare(String(other));

/** `required`, the default as written, or `no fixed default` for any other description. */
function kindOf(cell: string): string {
  return cell === "required" || cell.startsWith("`") ? cell : "no fixed default";
}

test("docs/reference/settings.md lists exactly the existing settings, with their defaults", () => {
  const rows = tableRowsOf(readDocument("docs/reference/settings.md")).filter(([name = ""]) =>
    /^`[A-Z0-9_]+`$/.test(name),
  );
  for (const [name, meaning] of rows) expect(meaning, `the meaning of ${name}`).toBeTruthy();
  expect(rows.map(([name = "", , value = ""]) => [name, kindOf(value)]).toSorted(byName)).toEqual(
    SETTINGS.map((setting) => [
      `\`${setting.name}\``,
      setting.required
        ? "required"
        : setting.default === null
          ? "no fixed default"
          : `\`${setting.default}\``,
    ]).toSorted(byName),
  );
});

const ENV_EXAMPLE = `${ROOT}.env.example`;
const envExample = readFileSync(ENV_EXAMPLE, "utf8");

test(".env.example has exactly the existing settings, the optional ones commented out with their defaults", () => {
  const required = SETTINGS.filter((setting) => setting.required);
  expect(Object.keys(parse(envExample)).toSorted()).toEqual(required.map(({ name }) => name).toSorted());
  const all = parse(envExample.replace(/^# (?=[A-Z_]+=)/gm, ""));
  expect(all).toEqual(Object.fromEntries(SETTINGS.map((setting) => [setting.name, setting.default ?? ""])));
});

test(".env.example has a comment above every setting", () => {
  const lines = envExample.split("\n");
  const isSetting = (line = "") => /^(# )?[A-Z_]+=/.test(line);
  const bare = lines.filter((line, index) => {
    // HOST comes right after PORT, and shares its comment.
    const above = lines.slice(0, index).findLast((one) => !isSetting(one));
    return isSetting(line) && !/^# \S/.test(above ?? "");
  });
  expect(bare).toEqual([]);
});

test(".env.example is refused until every required setting is filled in", () => {
  const required = SETTINGS.filter((setting) => setting.required).map(({ name }) => name);
  try {
    readSettings({ env: {}, envFile: ENV_EXAMPLE });
    expect.unreachable();
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    expect(error.problems.map(({ name }) => name)).toEqual(required);
  }
});
