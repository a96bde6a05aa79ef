import { checkSetting } from "../../config/settings.ts";
import type { SettingName } from "../../config/settings-schema.ts";
import type { Prompt, Question } from "../prompt.ts";
import { checkEnvValue } from "./env-file.ts";

/** Asks until the service would accept the answer. Throws as `Prompt.ask` does. */
export function askForSetting(
  prompt: Prompt,
  name: SettingName,
  question: Omit<Question, "validate">,
): Promise<string> {
  return prompt.ask({
    ...question,
    validate: (answer) => checkSetting(name, answer) ?? checkEnvValue(answer),
  });
}
