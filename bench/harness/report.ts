import { availableParallelism, cpus, loadavg } from "node:os";
import { type Measurement, meetsTarget } from "./measurement.ts";

/** The measurements of each benchmark, by its name. */
export type Results = Readonly<Record<string, readonly Measurement[]>>;

/** A table for people: one line for each measurement, with its target and whether it was met. */
export function formatTable(results: Results): string {
  const rows = Object.entries(results).flatMap(([benchmark, measurements]) => [
    [benchmark, "", "", ""],
    ...measurements.map((one) => [`  ${one.name}`, formatValue(one), formatTarget(one), formatVerdict(one)]),
  ]);
  const table = [["", "measured", "target", ""], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const pad = (cell: string, column: number) =>
    column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0);
  return table.map((row) => row.map(pad).join("  ").trimEnd()).join("\n");
}

/**
 * The same as JSON on one line, with the machine it was measured on. The load average tells whether anything else was
 * running, which would distort the values.
 * @param loadBefore the machine's load average before the first benchmark
 */
export function formatJson(results: Results, loadBefore: number): string {
  const machine = {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    load: { before: round(loadBefore), after: round(loadavg()[0] ?? 0) },
  };
  const parts = Object.entries(results).map(([benchmark, measurements]) => [
    benchmark,
    measurements.map((one) => ({ ...one, value: round(one.value), met: meetsTarget(one) })),
  ]);
  return JSON.stringify({ at: new Date().toISOString(), machine, parts: Object.fromEntries(parts) });
}

function formatValue({ value, unit }: Pick<Measurement, "value" | "unit">): string {
  return `${round(value)} ${unit}`.trim();
}

function formatTarget({ target, unit }: Measurement): string {
  if (!target) return "";
  const [sign, value] = "atMost" in target ? ["≤", target.atMost] : ["≥", target.atLeast];
  return `${sign} ${formatValue({ value, unit })}`;
}

function formatVerdict(measurement: Measurement): string {
  const met = meetsTarget(measurement);
  return met === null ? "" : met ? "met" : "MISSED";
}

/** Two decimals below ten, one below a hundred, none above: more would only be noise. */
function round(value: number): number {
  const decimals = Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0;
  return Number(value.toFixed(decimals));
}
