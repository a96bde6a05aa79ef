import type { MarkedFirm } from "./marked-firms.ts";

/**
 * The data of a firm in a response, except what the request itself contained.
 * @param response headers and body, in lower case
 * @param sent the values in the request, in lower case
 */
export function leaksOf({ mark, marks }: MarkedFirm, response: string, sent: readonly string[]): string[] {
  const longestFirst = sent.filter((text) => text.length > 3).toSorted((a, b) => b.length - a.length);
  const rest = longestFirst.reduce((text, part) => text.replaceAll(part, ""), response);
  const wasSent = (text: string) => text !== mark.toLowerCase() && sent.some((part) => part.includes(text));
  return marks.filter((text) => rest.includes(text) && !wasSent(text));
}
