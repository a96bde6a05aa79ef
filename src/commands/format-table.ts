const COLUMN_GAP = "  ";
const GRAPHEMES = new Intl.Segmenter();

/**
 * Formats rows as lines with aligned columns.
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
      return `${cells.join(COLUMN_GAP).trimEnd()}\n`;
    })
    .join("");
}

/** In graphemes: a combining accent has no width of its own. */
function widthOf(cell: string): number {
  return [...GRAPHEMES.segment(cell)].length;
}
