import { expect, test } from "vitest";
import { upfirstActions } from "../../src/views/upfirst-actions.ts";
import { readDocument } from "./markdown.ts";

/** The guide without the backticks around code. */
const guide = withoutBackticks(readDocument("docs/guides/set-up-upfirst.md").text);

test("the Upfirst guide has every value that /setup shows", () => {
  const { main, asking, afterCall, twoActions } = upfirstActions("https://router.example.com");
  const values = [main, asking, afterCall, ...twoActions]
    .flatMap(({ fields }) => fields)
    .map(({ displayText }) => withoutBackticks(displayText));
  expect(values.length).toBeGreaterThan(40);
  expect(values.filter((value) => !guide.includes(value))).toEqual([]);
});

function withoutBackticks(text: string): string {
  return text.replaceAll("`", "");
}
