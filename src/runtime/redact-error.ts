/** An error for the log: what kind and where, without its text, which may quote data of a caller or a client. */
export interface RedactedError {
  name: string;
  code?: string;
  at?: string[];
  cause?: RedactedError;
}

const MAX_CAUSE_DEPTH = 3;

/** Strips an unexpected error, and what caused it, down to what may stand in the log. */
export function redactError(error: unknown, depth = 0): RedactedError {
  if (!(error instanceof Error)) return { name: typeof error };
  const code = "code" in error && typeof error.code === "string" ? { code: error.code } : {};
  const frames = (error.stack ?? "")
    .split("\n")
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 8)
    .map((line) => line.trim().slice(3));
  const cause =
    error.cause !== undefined && depth < MAX_CAUSE_DEPTH
      ? { cause: redactError(error.cause, depth + 1) }
      : {};
  return { name: error.name, ...code, at: frames, ...cause };
}
