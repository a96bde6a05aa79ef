/** What is wrong with one setting, for the operator. Contains no secret. */
export interface SettingProblem {
  readonly name: string;
  readonly problem: string;
  /** An example line for `.env`. */
  readonly example: string;
}

/** The settings are invalid. The message has a line for each problem (docs/reference/settings.md, "Invalid settings"). */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
  readonly code = "settings_error";
  readonly problems: readonly SettingProblem[];

  constructor(problems: readonly SettingProblem[]) {
    super(
      problems.map(({ name, problem, example }) => `${name}: ${problem}. Example: ${example}`).join("\n"),
    );
    this.problems = problems;
  }
}
