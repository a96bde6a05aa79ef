import { execFileSync } from "node:child_process";
import { existsSync, globSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { picturesOf, ROOT, readDocuments } from "./markdown.ts";

/** The images in all documents, as paths relative to the repository's folder. */
function shownPictures(): string[] {
  const paths = readDocuments().flatMap((document) =>
    picturesOf(document).map((target) => join(dirname(document.path), target)),
  );
  return [...new Set(paths)].toSorted();
}

test("every image exists and is committed", () => {
  const pictures = shownPictures();
  expect(pictures.length).toBeGreaterThan(3);
  expect(pictures.filter((path) => !existsSync(ROOT + path))).toEqual([]);
  if (!existsSync(`${ROOT}.git`)) return;
  const tracked = execFileSync("git", ["ls-files", "--", ...pictures], { cwd: ROOT, encoding: "utf8" });
  expect(tracked.trim().split("\n").toSorted()).toEqual(pictures);
});

test("every screenshot is used", () => {
  expect(globSync("docs/screenshots/*.png", { cwd: ROOT }).toSorted()).toEqual(
    shownPictures().filter((path) => path.startsWith("docs/screenshots/")),
  );
});
