interface WrittenFile {
  /** Where the previous `.env` is; null if there was none. */
  readonly backupPath: string | null;
  /** Settings of the previous file that the new one doesn't have. */
  readonly omitted: readonly string[];
  readonly setupLink: string;
}

/** What was written, and what to do next. */
export function formatNextSteps({ backupPath, omitted, setupLink }: WrittenFile): string {
  const lines = ["", ".env was written. Only you can read it. Keep a copy of its SECRET_KEY somewhere else."];
  if (backupPath) lines.push(`The previous file is now ${backupPath}.`);
  if (omitted.length > 0)
    lines.push(
      `These settings were not copied from it; copy the ones you still need: ${omitted.join(", ")}.`,
    );
  lines.push(
    "",
    "Next, start the service:",
    "",
    "  npm start",
    "",
    "Then open this link, sign in to Clio and allow access. Anyone with this link can connect a firm. Keep it private.",
    "",
    `  ${setupLink}`,
    "",
  );
  return lines.join("\n");
}
