const GAP = "  ";
const GRAPHEMES = new Intl.Segmenter();

/**
 * Rows of cells as lines whose columns stand below each other.
 *
 * @param rows all of the same length, the headings first
 */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => widthOf(row[column] ?? ""))),
  );
  return rows
    .map((row) => {
      const cells = row.map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - widthOf(cell)));
      return `${cells.join(GAP).trimEnd()}\n`;
    })
    .join("");
}

/** What a reader takes for letters: an accent that was typed apart takes no room of its own. */
function widthOf(cell: string): number {
  return [...GRAPHEMES.segment(cell)].length;
}
