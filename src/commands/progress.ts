import type { Writable } from "node:stream";

/** Where progress is shown: a terminal, or whatever standard error leads to. */
export type ProgressOutput = Pick<Writable, "write"> & {
  readonly isTTY?: boolean;
  readonly columns?: number;
};

const MIN_BAR_WIDTH = 8;
const MAX_BAR_WIDTH = 20;
/** How often a line is written where nothing can be redrawn (milliseconds). */
const LINE_INTERVAL_MS = 5_000;
const CLEAR_LINE = "\r\x1b[2K";

/**
 * One line that says how far something is. In a terminal it is a bar, drawn again in its place; in a file it is a line
 * every few seconds, and only when there is something new to say.
 */
export class ProgressLine {
  readonly #output: ProgressOutput;
  readonly #now: () => number;
  #drawn = "";
  #writtenAt = Number.NEGATIVE_INFINITY;

  /** @param now epoch milliseconds */
  constructor(output: ProgressOutput, now: () => number) {
    this.#output = output;
    this.#now = now;
  }

  /** @param share of the whole, 0 to 1; null while nobody knows */
  show(share: number | null, text: string): void {
    const percent = share === null ? null : `${Math.floor(share * 100)} %`;
    if (!this.#output.isTTY) {
      const line = [percent, text].filter((part) => part !== null).join("  ");
      if (line === this.#drawn || this.#now() - this.#writtenAt < LINE_INTERVAL_MS) return;
      this.#drawn = line;
      this.#writtenAt = this.#now();
      this.#output.write(`${line}\n`);
      return;
    }
    const after = ` ${percent?.padStart(5) ?? ""} ${text}`;
    const room = (this.#output.columns ?? 80) - 1;
    const width = Math.max(MIN_BAR_WIDTH, Math.min(MAX_BAR_WIDTH, room - after.length - 2));
    const full = Math.round((share ?? 0) * width);
    // A line that is wrapped could not be drawn again in its place.
    this.#drawn = `[${"#".repeat(full)}${".".repeat(width - full)}]${after}`.slice(0, room);
    this.#output.write(CLEAR_LINE + this.#drawn);
  }

  /** Writes whole lines, above the bar where there is one. */
  print(text: string): void {
    if (!this.#output.isTTY) {
      this.#output.write(`${text}\n`);
      return;
    }
    this.#output.write(`${CLEAR_LINE}${text}\n${this.#drawn}`);
  }

  /** Takes the bar away. */
  clear(): void {
    if (this.#output.isTTY && this.#drawn !== "") this.#output.write(CLEAR_LINE);
    this.#drawn = "";
  }
}
