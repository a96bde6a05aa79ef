import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";
import { anchorsOf, type Document, linksOf, ROOT, readDocument, readDocuments } from "./markdown.ts";

const HAS_SCHEME = /^[a-z][a-z0-9+.-]*:/i;

/** The problem of a link within the repository; null if its target exists. */
function problemWith(target: string, document: Document): string | null {
  const [path = "", anchor] = target.split("#").map(decodeURIComponent);
  const file = path === "" ? document.path : normalize(join(dirname(document.path), path));
  if (file.startsWith("..") || path.startsWith("/")) return "leaves the repository";
  if (!existsSync(ROOT + file)) return `there is no ${file}`;
  if (anchor === undefined || !file.endsWith(".md")) return null;
  return anchorsOf(readDocument(file)).has(anchor) ? null : `${file} has no heading #${anchor}`;
}

test("every link to a file or heading in the repository works", () => {
  const documents = readDocuments();
  const links = documents.flatMap((document) =>
    linksOf(document)
      .filter((target) => !HAS_SCHEME.test(target))
      .map((target) => ({ document, target })),
  );
  expect(links.length).toBeGreaterThan(20);
  const broken = links.flatMap(({ document, target }) => {
    const problem = problemWith(target, document);
    return problem === null ? [] : `${document.path}: ${target}: ${problem}`;
  });
  expect(broken).toEqual([]);
});

test("every other link is an https URL", () => {
  const targets = readDocuments().flatMap((document) => linksOf(document));
  const odd = targets.filter((target) => HAS_SCHEME.test(target) && !URL.canParse(target));
  const plain = targets.filter((target) => HAS_SCHEME.test(target) && !target.startsWith("https://"));
  expect([...odd, ...plain]).toEqual([]);
});

test("the README links to every guide, reference and explanation", () => {
  const linked = new Set(linksOf(readDocument("README.md")));
  const pages = readDocuments()
    .map(({ path }) => path)
    .filter((path) => /^docs\/(guides|reference|explanation)\//.test(path));
  expect(pages.filter((path) => !linked.has(path))).toEqual([]);
});
