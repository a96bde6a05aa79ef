import { readSettings, type Settings } from "../config/settings.ts";
import { SettingsError } from "../config/settings-error.ts";
import { CommandError } from "./command-error.ts";

/** Reads the settings. Throws `CommandError` with a line for each setting that is missing or invalid. */
export function loadSettings(): Settings {
  try {
    return readSettings();
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    throw new CommandError(`The settings are invalid:\n\n${error.message}\n`);
  }
}
