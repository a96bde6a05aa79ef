import { z } from "zod";

const MAX_LENGTH = 10_000;
const MAX_SPOKEN_LENGTH = 500;

/** A required text that is sent only once. */
export function textParameter(maxLength = MAX_LENGTH) {
  return z
    .string({
      error: ({ input }) =>
        input === undefined
          ? "is required."
          : Array.isArray(input)
            ? "must be sent only once."
            : "must be text.",
    })
    .max(maxLength, { error: `must be at most ${maxLength} characters long.` });
}

/**
 * An optional text that the caller said. An empty value counts as absent, and so does a placeholder that wasn't filled in,
 * such as `{{name}}` (docs/reference/endpoints.md, "Text parameters"). The result is trimmed, or null.
 */
export function spokenParameter() {
  return textParameter(MAX_SPOKEN_LENGTH)
    .optional()
    .transform((text) => {
      const spoken = text?.trim() ?? "";
      return spoken === "" || /^\{\{.*\}\}$/.test(spoken) ? null : spoken;
    });
}
