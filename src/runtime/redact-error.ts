/** An error for the log: its kind and where it happened, without its message, which may quote people's data. */
export interface RedactedError {
  name: string;
  code?: string;
  at?: string[];
  cause?: RedactedError;
}

const MAX_CAUSE_DEPTH = 3;
const MAX_FRAMES = 8;

/** Reduces an unexpected error and its causes to what may be logged. */
export function redactError(error: unknown, depth = 0): RedactedError {
  if (!(error instanceof Error)) return { name: typeof error };
  const code = "code" in error && typeof error.code === "string" ? { code: error.code } : {};
  const frames = (error.stack ?? "")
    .split("\n")
    .filter((line) => /^\s+at /.test(line))
    .slice(0, MAX_FRAMES)
    .map((line) => line.trim().slice(3));
  const cause =
    error.cause !== undefined && depth < MAX_CAUSE_DEPTH
      ? { cause: redactError(error.cause, depth + 1) }
      : {};
  return { name: error.name, ...code, at: frames, ...cause };
}
