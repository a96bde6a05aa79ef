import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const ROOT = new URL("../../", import.meta.url);
const README = readFileSync(new URL("README.md", ROOT), "utf8");

test("every picture of the README is there, and is not kept out of the repository", () => {
  const pictures = [...README.matchAll(/!\[[^\]]*\]\(([^)]+)\)/g)].map(([, path = ""]) => path);
  expect(pictures.length).toBeGreaterThan(3);
  expect(pictures.filter((path) => !existsSync(new URL(path, ROOT)))).toEqual([]);
  if (!existsSync(new URL(".git", ROOT))) return;
  const tracked = execFileSync("git", ["ls-files", "--", ...pictures], { cwd: ROOT, encoding: "utf8" });
  expect(tracked.trim().split("\n").toSorted()).toEqual(pictures.toSorted());
});
