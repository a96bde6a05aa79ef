/**
 * Finds commands in the README, so that CI runs exactly what the README says.
 * Run as a script, it prints one: `node test/docs/command.mjs "npm test"`.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const README = new URL("../../README.md", import.meta.url);

/**
 * @param {string} part a part of the command, such as `npm run demo`
 * @returns {string} the first line with it in a fenced code block
 * @throws when there is none
 */
export function readmeCommand(part) {
  const blocks = readFileSync(README, "utf8").matchAll(/^ *```.*\n([\s\S]*?)^ *```/gm);
  const lines = [...blocks].flatMap(([, block]) => block.split("\n"));
  // `npm test` must not match `npm test:browser`.
  const whole = new RegExp(`(?<![\\w-])${part}(?![\\w:-])`);
  const command = lines.find((line) => whole.test(line));
  if (!command) throw new Error(`README.md has no code block with \`${part}\``);
  return command.replace(/^\s*(\$ )?/, "");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    console.log(readmeCommand(process.argv[2]));
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
