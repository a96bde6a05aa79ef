/**
 * Makes another party's text safe to print: removes control characters, which could clear the screen or overwrite what is
 * on it, and invisible ones, which could reverse the reading direction.
 */
export function sanitizeForTerminal(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "");
}
