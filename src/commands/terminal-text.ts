/**
 * A text that somebody else chose, fit for a terminal: without control characters, which could clear the screen or change
 * what stands there, and without invisible ones, which could turn the reading direction round.
 */
export function sanitizeForTerminal(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "");
}
