import { expect, test } from "vitest";
import { ROUTING_RULE_GROUPS } from "../../src/views/routing-rules.ts";
import { readDocument } from "./markdown.ts";

/** By heading, without links and code. */
const sections = new Map(
  readDocument("docs/explanation/who-is-found.md")
    .text.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replaceAll(/[`*]/g, "")
    .split(/^#+ /m)
    .map((section) => {
      const [heading = "", ...text] = section.split("\n");
      return [heading, text.join(" ")] as const;
    }),
);

test("the rules on /routing-rules are in the words of the documentation", () => {
  const rules = ROUTING_RULE_GROUPS.flatMap((group) => group.rules);
  expect(rules.length).toBeGreaterThan(15);
  const missing = rules.flatMap(({ heading, text }) => {
    const section = sections.get(heading);
    if (section === undefined) return [`no section “${heading}”`];
    const sentences = text.split(/(?<=\.) /).map((sentence) => sentence.replace(/\.$/, ""));
    return sentences.filter((sentence) => !section.includes(sentence));
  });
  expect(missing).toEqual([]);
});
