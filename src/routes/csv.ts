import { stringify } from "csv-stringify/sync";
import type { Response } from "express";

/** Sends rows as a CSV file for spreadsheets. */
export function sendCsv<Column extends string>(
  response: Response,
  filename: string,
  columns: readonly Column[],
  rows: readonly Record<Column, string | number | null>[],
): void {
  const csv = stringify([...rows], {
    header: true,
    columns: [...columns],
    bom: true,
    record_delimiter: "windows",
    // A spreadsheet would run a name that looks like a formula. A phone number that starts with + is safe.
    escape_formulas: true,
    cast: {
      string: (text) => (/^\+[0-9]+$/.test(text) ? { value: text, escape_formulas: false } : toCell(text)),
    },
  });
  response.set("Content-Disposition", `attachment; filename="${filename}"`).type("text/csv").send(csv);
}

/**
 * A text that stays in its cell. Where a semicolon separates cells, a spreadsheet splits a text at it and at a line break,
 * whatever the quotes, and would run the rest as a formula.
 */
function toCell(text: string): string {
  const oneLine = text.replace(/[\s\p{C}]+/gu, " ").trim();
  return oneLine.replace(/([;|]\s*)(?=[=+\-@＝＋－＠])/gu, "$1'");
}
