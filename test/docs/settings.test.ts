import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { SETTINGS } from "../../src/settings.ts";

const README = readFileSync(new URL("../../README.md", import.meta.url), "utf8");

/** Name and default of each row, as they stand in the README's section "Settings". */
function rowsOfTheTable(): { name: string; default: string }[] {
  const section = /^## Settings\n(.*?)^## /ms.exec(README)?.[1] ?? "";
  return [...section.matchAll(/^\| `([A-Z0-9_]+)` \|.*\| (.*) \|$/gm)].map(([, name = "", cell = ""]) => ({
    name,
    default: cell,
  }));
}

/** `required`, the default as it would be typed, or that there is none, whatever the README says of it. */
function kindOf(cell: string): string {
  return cell === "required" || cell.startsWith("`") ? cell : "no fixed default";
}

test("the README's table has every setting with its default, in the order of the schema, and no other", () => {
  expect(rowsOfTheTable().map((row) => [row.name, kindOf(row.default)])).toEqual(
    SETTINGS.map((setting) => [
      setting.name,
      setting.required
        ? "required"
        : setting.default === null
          ? "no fixed default"
          : `\`${setting.default}\``,
    ]),
  );
});
