/** Finds and parses the documentation. */
import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The repository's folder, with a trailing slash. */
export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** A Markdown file of the repository. */
export interface Document {
  /** Relative to the repository's folder: `docs/guides/keys.md`. */
  readonly path: string;
  readonly text: string;
}

const NOT_DOCUMENTATION = ["**/node_modules/**", "**/.*/**", "data/**", "screenshots/**"];

/** Every Markdown file of the repository, by path. */
export function readDocuments(): Document[] {
  const paths = globSync("**/*.md", { cwd: ROOT, exclude: NOT_DOCUMENTATION });
  return paths.toSorted().map(readDocument);
}

/** @param path relative to the repository's folder. Throws if the file doesn't exist */
export function readDocument(path: string): Document {
  return { path, text: readFileSync(ROOT + path, "utf8") };
}

// A block inside a list is indented.
const FENCE = /^ *(`{3,}|~{3,}).*\n([\s\S]*?)^ *\1 *$/gm;
const CODE_SPAN = /(?<!`)(`+)(?!`)([\s\S]*?[^`])\1(?!`)/g;

/** The text without code: in code, `[0](1)` isn't a link and `# comment` isn't a heading. */
function withoutCode(text: string): string {
  return text.replace(FENCE, "").replace(CODE_SPAN, "");
}

/** The content of all code blocks and code spans. */
export function codeOf({ text }: Document): string[] {
  const blocks = [...text.matchAll(FENCE)].map(([, , code = ""]) => code);
  const spans = [...text.replace(FENCE, "").matchAll(CODE_SPAN)].map(([, , code = ""]) => code);
  return [...blocks, ...spans];
}

// [text](target), ![text](target "title"), [label]: target
const INLINE_LINK = /\]\(\s*<?([^\s()<>]+)>?(?:\s+["'][^"']*["'])?\s*\)/g;
const LINK_DEFINITION = /^ {0,3}\[[^\]]+\]:\s*<?([^\s<>]+)>?/gm;
const HTML_LINK = /<(?:a|img)\b[^>]*?\b(?:href|src)="([^"]+)"/g;

/** The targets of all links and images, as written. */
export function linksOf({ text }: Document): string[] {
  const prose = withoutCode(text);
  return [INLINE_LINK, LINK_DEFINITION, HTML_LINK].flatMap((link) =>
    [...prose.matchAll(link)].map(([, target = ""]) => target),
  );
}

const INLINE_PICTURE = /!\[[^\]]*\]\(([^\s)]+)/g;
const HTML_PICTURE = /<img\b[^>]*?\bsrc="([^"]+)"/g;

/** The targets of all images. */
export function picturesOf({ text }: Document): string[] {
  const prose = withoutCode(text);
  return [INLINE_PICTURE, HTML_PICTURE].flatMap((picture) =>
    [...prose.matchAll(picture)].map(([, target = ""]) => target),
  );
}

/** The anchors that GitHub generates for a document's headings. */
export function anchorsOf({ text }: Document): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ""] of text.replace(FENCE, "").matchAll(/^#{1,6} +(.+?) *#*$/gm)) {
    const anchor = anchorOf(heading);
    let unique = anchor;
    for (let count = 1; anchors.has(unique); count += 1) unique = `${anchor}-${count}`;
    anchors.add(unique);
  }
  return anchors;
}

function anchorOf(heading: string): string {
  return heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc} -]/gu, "")
    .replaceAll(" ", "-");
}

/** The rows of all tables, split into cells, without the delimiter rows. */
export function tableRowsOf({ text }: Document): string[][] {
  return text
    .split("\n")
    .filter((line) => line.startsWith("|") && !/^[|\s:-]+$/.test(line))
    .map((line) =>
      line
        .slice(1, line.trimEnd().lastIndexOf("|"))
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim()),
    );
}
