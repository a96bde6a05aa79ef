/**
 * Finds the commands in the README, so that CI runs what a reader is told to type rather than a copy of it.
 * As a script it prints one: `node test/docs/command.mjs "npm test"`.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const README = new URL("../../README.md", import.meta.url);

/**
 * @param {string} part what the command contains: `npm run demo`
 * @returns {string} the first line of a fenced block that contains it
 * @throws when there is none
 */
export function readmeCommand(part) {
  const blocks = readFileSync(README, "utf8").matchAll(/^ *```.*\n([\s\S]*?)^ *```/gm);
  const lines = [...blocks].flatMap(([, block]) => block.split("\n"));
  // `npm test` must not match `npm test:browser`.
  const whole = new RegExp(`(?<![\\w-])${part}(?![\\w:-])`);
  const command = lines.find((line) => whole.test(line));
  if (!command) throw new Error(`README.md has no fenced command with \`${part}\``);
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
