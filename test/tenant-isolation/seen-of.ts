import type { MarkedFirm } from "./marked-firms.ts";

/**
 * What of a firm stands in an answer that the request did not bring itself.
 * @param shown the whole answer, headers and body, in lower case
 * @param brought what stood in the request, in lower case
 */
export function seenOf({ mark, marks }: MarkedFirm, shown: string, brought: readonly string[]): string[] {
  const longestFirst = brought.filter((text) => text.length > 3).toSorted((a, b) => b.length - a.length);
  const rest = longestFirst.reduce((text, part) => text.replaceAll(part, ""), shown);
  const wasBrought = (text: string) =>
    text !== mark.toLowerCase() && brought.some((part) => part.includes(text));
  return marks.filter((text) => rest.includes(text) && !wasBrought(text));
}
