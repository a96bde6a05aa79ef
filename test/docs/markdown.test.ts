import { expect, test } from "vitest";
import { anchorsOf, codeOf, linksOf, picturesOf, tableRowsOf } from "./markdown.ts";

const documentOf = (...lines: string[]) => ({ path: "a.md", text: lines.join("\n") });

test("links are found in every form, and not in code", () => {
  const document = documentOf(
    'See [one](a.md), [`two`](b.md#c "title") and ![three](c.png).',
    '<img src="d.png" width="360" alt=""> <a href="e.md">five</a>',
    "[six]: f.md",
    "`[seven](g.md)`",
    "1. Step",
    "   ```sh",
    "   echo [eight](h.md)",
    "   ```",
    "   [nine](i.md)",
  );
  expect(linksOf(document)).toEqual(["a.md", "b.md#c", "c.png", "i.md", "f.md", "d.png", "e.md"]);
  expect(picturesOf(document)).toEqual(["c.png", "d.png"]);
  expect(codeOf(document)).toEqual(["   echo [eight](h.md)\n", "`two`".slice(1, -1), "[seven](g.md)"]);
});

test("anchors are the same as on GitHub", () => {
  const document = documentOf(
    "# Set `TRUST_PROXY`",
    "## 1. Create the settings",
    "### `GET /route-call?caller_id=…`",
    "## It's [linked](a.md), twice",
    "## It's linked, twice",
    "```sh",
    "# a comment",
    "```",
  );
  expect([...anchorsOf(document)]).toEqual([
    "set-trust_proxy",
    "1-create-the-settings",
    "get-route-callcaller_id",
    "its-linked-twice",
    "its-linked-twice-1",
  ]);
});

test("table rows are split into cells", () => {
  const document = documentOf("| name | default |", "| --- | :-: |", "| `A` | one \\| two |", "text");
  expect(tableRowsOf(document)).toEqual([
    ["name", "default"],
    ["`A`", "one \\| two"],
  ]);
});
