import { availableParallelism, cpus, loadavg } from "node:os";
import { type Figure, isMet } from "./figure.ts";

/** The figures of each part, by the part's name. */
export type Results = Readonly<Record<string, readonly Figure[]>>;

/** The figures for a reader: one line each, with its target and whether it is met. */
export function asTable(results: Results): string {
  const rows = Object.entries(results).flatMap(([part, figures]) => [
    [part, "", "", ""],
    ...figures.map((figure) => [`  ${figure.name}`, shown(figure), targetOf(figure), verdictOf(figure)]),
  ]);
  const table = [["", "measured", "target", ""], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const pad = (cell: string, column: number) =>
    column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0);
  return table.map((row) => row.map(pad).join("  ").trimEnd()).join("\n");
}

/**
 * The same for a program, on one line, with the machine that they come from. The load average says whether
 * something else was running: a busy machine measures that, too.
 * @param loadBefore the machine's load average before the first part
 */
export function asJson(results: Results, loadBefore: number): string {
  const machine = {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    load: { before: round(loadBefore), after: round(loadavg()[0] ?? 0) },
  };
  const parts = Object.entries(results).map(([part, figures]) => [
    part,
    figures.map((figure) => ({ ...figure, value: round(figure.value), met: isMet(figure) })),
  ]);
  return JSON.stringify({ at: new Date().toISOString(), machine, parts: Object.fromEntries(parts) });
}

function shown({ value, unit }: Pick<Figure, "value" | "unit">): string {
  return `${round(value)} ${unit}`.trim();
}

function targetOf({ target, unit }: Figure): string {
  if (!target) return "";
  const [sign, value] = "atMost" in target ? ["≤", target.atMost] : ["≥", target.atLeast];
  return `${sign} ${shown({ value, unit })}`;
}

function verdictOf(figure: Figure): string {
  const met = isMet(figure);
  return met === null ? "" : met ? "met" : "MISSED";
}

/** Two decimals below ten, one below a hundred, none above: what the measuring is worth. */
function round(value: number): number {
  const decimals = Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0;
  return Number(value.toFixed(decimals));
}
