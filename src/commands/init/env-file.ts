import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { parse } from "dotenv";
import { readSettings, type SettingName } from "../../config/settings.ts";

const EXAMPLE = join(import.meta.dirname, "../../../.env.example");

const HEADER =
  "# Written by `npm run init`. The environment wins over this file; nothing after the = is as good as no line.\n" +
  "# What is commented out shows its default, or stays empty where there is none.";

/** The earlier file's text and values, or null when there is none. */
export function readEarlier(path: string): { text: string; values: Record<string, string> } | null {
  if (!existsSync(path)) return null;
  const text = readFileSync(path, "utf8");
  return { text, values: parse(text) };
}

/** What keeps a text from standing in the file, whatever setting it is for; null when nothing does. */
export function misfitForEnvFile(text: string): string | null {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are the ones.
  return /['\u0000-\u001f\u007f]/.test(text) ? "must have no ' and no control characters in it" : null;
}

/** `.env.example` with these values filled in: every setting has its comment, and those not given stay as there. */
export function envFileText(values: Readonly<Partial<Record<SettingName, string>>>): string {
  const sections = readFileSync(EXAMPLE, "utf8").replace(/^(#.*\n)+/, `${HEADER}\n`);
  return Object.entries(values).reduce((text, [name, value]) => {
    const place = new RegExp(`^(# )?${name}=.*$`, "m");
    if (!place.test(text)) throw new Error(`.env.example has no ${name}`);
    return text.replace(place, () => `${name}=${quoted(value)}`);
  }, sections);
}

/** Single quotes keep everything as it is, with dotenv and with Docker Compose. */
function quoted(value: string): string {
  return /^[\w.:/+=-]*$/.test(value) ? value : `'${value}'`;
}

/**
 * Puts the text in the file's place, in one step and for the owner alone. After a failure everything is as before.
 *
 * @param earlier what is known to be there and may be replaced; it is kept beside the new one. Null: nothing is
 *   there, and nothing that has appeared since is replaced
 * @returns the path of what is kept
 */
export function writeEnvFile(path: string, text: string, earlier: string | null): string | null {
  const fresh = `${path}.new-${process.pid}`;
  const kept = earlier === null ? null : `${path}.before-${timestamp(new Date())}`;
  const made: string[] = [];
  try {
    writeForOwner(fresh, text);
    made.push(fresh);
    // Whatever the service would refuse must be found while the earlier file still stands.
    readSettings({ env: {}, envFile: fresh });
    if (kept !== null && earlier !== null) {
      writeForOwner(kept, earlier);
      made.push(kept);
    }
    const now = readEarlier(path)?.text ?? null;
    if (now !== earlier) throw new Error(`${path} was changed by somebody else meanwhile`);
    renameSync(fresh, path);
    return kept;
  } catch (error) {
    for (const file of made) rmSync(file, { force: true });
    throw error;
  }
}

/** Never readable for others, not even while it is being written; never over a file that is there. */
function writeForOwner(path: string, text: string): void {
  const file = openSync(path, "wx", 0o600);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
}

/** `20270131-235959`, by the clock on the wall. */
function timestamp(time: Date): string {
  const two = (number: number) => String(number).padStart(2, "0");
  const date = `${time.getFullYear()}${two(time.getMonth() + 1)}${two(time.getDate())}`;
  return `${date}-${two(time.getHours())}${two(time.getMinutes())}${two(time.getSeconds())}`;
}
