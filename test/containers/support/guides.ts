import { readFileSync } from "node:fs";
import { join } from "node:path";
import { APP } from "./shell.ts";

/**
 * The commands in a section of a guide, so that the checks run what a reader is told to type.
 * @param guide file name in docs/guides, without `.md`
 * @param heading the section's heading
 * @param mention selects the first block that contains this text
 * @returns the section's `sh` blocks, or the selected one
 */
export function commandsOf(guide: string, heading: string, mention?: string): string {
  const text = readFileSync(join(APP, "docs/guides", `${guide}.md`), "utf8");
  const section = text.split(/^#+ /m).find((part) => part.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`${guide}.md has no section "${heading}"`);
  const blocks = [...section.matchAll(/^( *)```sh\n([\s\S]*?)^ *```/gm)].map(([, indent = "", block = ""]) =>
    block.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
  );
  const wanted = mention === undefined ? blocks.join("\n") : blocks.find((block) => block.includes(mention));
  if (!wanted)
    throw new Error(`${guide}.md, "${heading}", has no commands${mention ? ` with ${mention}` : ""}`);
  return wanted;
}
