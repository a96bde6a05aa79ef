import { expect, test } from "vitest";
import { upfirstActions } from "../../src/views/upfirst-actions.ts";
import { readDocument } from "./markdown.ts";

/** As a reader sees it: code spans without their marks. */
const guide = readDocument("docs/guides/set-up-upfirst.md").text.replaceAll("`", "");

test("the guide for Upfirst has every value that /setup tells a user to copy", () => {
  const { recommended, twoSteps } = upfirstActions("https://router.example.com");
  const copied = [...recommended, ...twoSteps]
    .flatMap(({ fields }) => fields)
    .flatMap((field) => (field.copied === null ? [] : field.copied.replaceAll("`", "")));
  expect(copied.length).toBeGreaterThan(20);
  expect(copied.filter((text) => !guide.includes(text))).toEqual([]);
});
