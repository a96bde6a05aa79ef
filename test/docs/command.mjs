/**
 * The commands that the README tells its reader to type, so that the checks run those and no copy of them.
 * As a script it prints one: `node test/readme/command.mjs "npm test"`.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const README = new URL("../../README.md", import.meta.url);

/**
 * @param {string} part what the command contains: `npm run demo`
 * @returns {string} the first line with it in a fenced block
 */
export function readmeCommand(part) {
  const blocks = readFileSync(README, "utf8").matchAll(/^ *```.*\n([\s\S]*?)^ *```/gm);
  const lines = [...blocks].flatMap(([, block]) => block.split("\n"));
  // `npm test` is not in `npm test:browser`.
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
