import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { codeOf, type Document, ROOT, readDocument, readDocuments } from "./markdown.ts";

const { scripts } = JSON.parse(readFileSync(`${ROOT}package.json`, "utf8")) as {
  scripts: Record<string, string>;
};

/** The distinct matches of the pattern, by `document: match`. */
function found(texts: readonly { path: string; text: string }[], pattern: RegExp): Map<string, string> {
  const all = texts.flatMap(({ path, text }) =>
    [...text.matchAll(pattern)].map(([, what = ""]): [string, string] => [`${path}: ${what}`, what]),
  );
  return new Map(all);
}

function notIn(named: Map<string, string>, exists: (what: string) => boolean): string[] {
  return [...named].filter(([, what]) => !exists(what)).map(([where]) => where);
}

test("every npm script that the documentation mentions exists", () => {
  const named = found(readDocuments(), /\bnpm run ([a-z][\w-]*(?::[\w-]+)*)/g);
  expect(new Set(named.values()).size).toBeGreaterThan(5);
  expect(notIn(named, (script) => Object.hasOwn(scripts, script))).toEqual([]);
});

test("every npm script is documented", () => {
  const text = readDocuments()
    .map((document) => document.text)
    .join("\n");
  const undocumented = Object.keys(scripts).filter(
    (script) => !new RegExp(`\\bnpm (run )?${script}(?![\\w:-])`).test(text),
  );
  expect(undocumented).toEqual([]);
});

/** Decision records and the changelog mention files that no longer exist. */
const isHistory = ({ path }: Document) => path.startsWith("docs/decisions/") || path === "CHANGELOG.md";

test("every repository path that the documentation mentions exists", () => {
  const code = readDocuments()
    .filter((document) => !isHistory(document))
    .flatMap((document) => codeOf(document).map((text) => ({ path: document.path, text })));
  const folders = /(?<![\w./-])((?:src|sandbox|test|testkit|bench|docs|scale|\.ci)\/[\w./-]*[\w/])/g;
  const named = found(code, folders);
  expect(named.size).toBeGreaterThan(10);
  expect(notIn(named, (path) => existsSync(ROOT + path))).toEqual([]);
});

test("the README has at most 2,000 words", () => {
  expect(readDocument("README.md").text.trim().split(/\s+/).length).toBeLessThanOrEqual(2_000);
});
