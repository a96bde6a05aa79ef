/** What a Dockerfile and a .dockerignore say, as far as this project's use them. */

/**
 * @param {string} text a Dockerfile
 * @returns {{ keyword: string, rest: string }[]} its instructions; `rest` on one line
 */
export function readDockerfile(text) {
  return text
    .replaceAll(/^\s*#.*\n/gm, "")
    .replaceAll(/\\\n\s*/g, "")
    .split("\n")
    .filter((line) => line.trim())
    .map((line) => {
      const [, keyword = "", rest = ""] = /^\s*(\S+)\s+(.*?)\s*$/.exec(line) ?? [];
      return { keyword: keyword.toUpperCase(), rest };
    });
}

/** The command of a CMD, RUN or HEALTHCHECK: exec form as it stands, shell form by the shell. */
export function commandOf(rest) {
  return rest.startsWith("[") ? JSON.parse(rest) : ["/bin/sh", "-c", rest];
}

/**
 * @param {string} text a .dockerignore
 * @returns what says of a path in the context whether it stays out of it, or, for a folder, whether all below does
 */
export function readDockerignore(text) {
  const patterns = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line && !line.startsWith("#"))
    .map((line) => {
      const readmits = line.startsWith("!");
      const glob = line.slice(readmits ? 1 : 0).replace(/^\/|\/$/g, "");
      return { readmits, glob, matches: matcher(glob) };
    });
  /** The last pattern that fits wins. */
  const ignores = (path) => patterns.findLast(({ matches }) => matches.test(path))?.readmits === false;
  const ignoresAllBelow = (folder) =>
    ignores(folder) && !patterns.some(({ readmits, glob }) => readmits && glob.startsWith(`${folder}/`));
  return { ignores, ignoresAllBelow };
}

/** Fits what the glob names and everything below it. */
function matcher(glob) {
  const source = glob.replaceAll(/\*\*\/?|[*?]|[.+^${}()|[\]\\]/g, (part) => {
    if (part.startsWith("**")) return ".*";
    if (part === "*") return "[^/]*";
    return part === "?" ? "[^/]" : `\\${part}`;
  });
  return new RegExp(`^${source}(/|$)`);
}
