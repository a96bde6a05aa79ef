import type { Writable } from "node:stream";

/** The output for progress: a terminal, or the file that standard error is redirected to. */
export type ProgressOutput = Pick<Writable, "write"> & {
  readonly isTTY?: boolean;
  readonly columns?: number;
};

const MIN_BAR_WIDTH = 8;
const MAX_BAR_WIDTH = 20;
/** How often a line is written where nothing can be redrawn. */
const LINE_INTERVAL_MS = 5_000;
const CLEAR_LINE = "\r\x1b[2K";

/**
 * Shows progress. At a terminal it is one line with a bar, redrawn in place. In a file it is a new line every few seconds,
 * and only if something changed.
 */
export class ProgressLine {
  readonly #output: ProgressOutput;
  readonly #now: () => number;
  #current = "";
  #writtenAt = Number.NEGATIVE_INFINITY;

  /** @param now epoch milliseconds */
  constructor(output: ProgressOutput, now: () => number) {
    this.#output = output;
    this.#now = now;
  }

  /** @param share of the whole, 0 to 1; null while it is unknown */
  show(share: number | null, text: string): void {
    const percent = share === null ? null : `${Math.floor(share * 100)}%`;
    if (!this.#output.isTTY) {
      const line = [percent, text].filter((part) => part !== null).join("  ");
      if (line === this.#current || this.#now() - this.#writtenAt < LINE_INTERVAL_MS) return;
      this.#current = line;
      this.#writtenAt = this.#now();
      this.#output.write(`${line}\n`);
      return;
    }
    const label = ` ${percent?.padStart(4) ?? ""} ${text}`;
    const maxLength = (this.#output.columns ?? 80) - 1;
    const barWidth = Math.max(MIN_BAR_WIDTH, Math.min(MAX_BAR_WIDTH, maxLength - label.length - 2));
    const filled = Math.round((share ?? 0) * barWidth);
    // A line that wraps can't be redrawn in place.
    this.#current = `[${"#".repeat(filled)}${".".repeat(barWidth - filled)}]${label}`.slice(0, maxLength);
    this.#output.write(CLEAR_LINE + this.#current);
  }

  /** Writes whole lines; at a terminal, above the bar. */
  print(text: string): void {
    if (!this.#output.isTTY) {
      this.#output.write(`${text}\n`);
      return;
    }
    this.#output.write(`${CLEAR_LINE}${text}\n${this.#current}`);
  }

  /** Removes the bar. */
  clear(): void {
    if (this.#output.isTTY && this.#current !== "") this.#output.write(CLEAR_LINE);
    this.#current = "";
  }
}
