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
import { readSettings } from "../../config/settings.ts";
import type { SettingName } from "../../config/settings-schema.ts";

const EXAMPLE_PATH = join(import.meta.dirname, "../../../.env.example");

const HEADER =
  "# Written by `npm run init`. The environment takes precedence over this file, and an empty value counts as unset.\n" +
  "# Settings that are commented out show their default, or nothing if they have none.";

/** An existing file's text and values; null if there is none. */
export function readEnvFile(path: string): { text: string; values: Record<string, string> } | null {
  if (!existsSync(path)) return null;
  const text = readFileSync(path, "utf8");
  return { text, values: parse(text) };
}

/** Why a value can't be a line of `.env`, for any setting; null if it can. */
export function checkEnvValue(text: string): string | null {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what it looks for.
  return /['\u0000-\u001f\u007f]/.test(text) ? "must not contain ' or control characters" : null;
}

/** `.env.example` with these values filled in. Every setting keeps its comment, and other settings stay as they are. */
export function formatEnvFile(values: Readonly<Partial<Record<SettingName, string>>>): string {
  const example = readFileSync(EXAMPLE_PATH, "utf8").replace(/^(#.*\n)+/, `${HEADER}\n`);
  return Object.entries(values).reduce((text, [name, value]) => {
    const line = new RegExp(`^(# )?${name}=.*$`, "m");
    if (!line.test(text)) throw new Error(`.env.example has no ${name}`);
    return text.replace(line, () => `${name}=${quote(value)}`);
  }, example);
}

/** Both dotenv and Docker Compose leave text in single quotes as it is. */
function quote(value: string): string {
  return /^[\w.:/+=-]*$/.test(value) ? value : `'${value}'`;
}

/**
 * Replaces the file in one step, readable by the owner only. If it throws, everything is as before.
 *
 * @param previousText the text of the existing file, which is kept as a backup next to the new one; null if there is none.
 *   A file with any other text isn't replaced.
 * @returns the path of the backup; null if there is none
 */
export function writeEnvFile(path: string, text: string, previousText: string | null): string | null {
  const temporaryPath = `${path}.new-${process.pid}`;
  const backupPath = previousText === null ? null : `${path}.before-${formatTimestamp(new Date())}`;
  const created: string[] = [];
  try {
    writePrivateFile(temporaryPath, text);
    created.push(temporaryPath);
    // What the service would refuse must be found before the existing file is replaced.
    readSettings({ env: {}, envFile: temporaryPath });
    if (backupPath !== null && previousText !== null) {
      writePrivateFile(backupPath, previousText);
      created.push(backupPath);
    }
    const currentText = readEnvFile(path)?.text ?? null;
    if (currentText !== previousText) throw new Error(`${path} was changed in the meantime`);
    renameSync(temporaryPath, path);
    return backupPath;
  } catch (error) {
    for (const file of created) rmSync(file, { force: true });
    throw error;
  }
}

/** Others can never read the file, not even while it is being written. Throws if the file exists. */
function writePrivateFile(path: string, text: string): void {
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

/** In local time: `20270131-235959`. */
function formatTimestamp(time: Date): string {
  const two = (number: number) => String(number).padStart(2, "0");
  const date = `${time.getFullYear()}${two(time.getMonth() + 1)}${two(time.getDate())}`;
  return `${date}-${two(time.getHours())}${two(time.getMinutes())}${two(time.getSeconds())}`;
}
