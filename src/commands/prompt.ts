import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { InterruptedError } from "./command-error.ts";

/** The input ended before the last question: Ctrl+D at a terminal, or too few lines in a pipe. */
export class InputEndedError extends Error {
  override readonly name = "InputEndedError";
}

type Input = NodeJS.ReadableStream & { readonly isTTY?: boolean };
type Output = NodeJS.WritableStream & { readonly columns?: number };

export interface Question {
  readonly text: string;
  /** What an empty answer stands for. */
  readonly defaultAnswer?: string;
  /** Whether to hide the answer while it is typed. */
  readonly hidden?: boolean;
  /** Completes what was typed, before it is validated. */
  complete?(answer: string): string;
  /** Returns what the answer must be instead (`must be …`), or null if it is valid. */
  validate(answer: string): string | null;
}

/**
 * Asks questions at a terminal, or reads the answers from a pipe, one per line. The terminal's echo passes only while a
 * question with a visible answer is open: when several lines are pasted at once, a secret among them stays hidden.
 */
export class Prompt {
  readonly #output: Output;
  readonly #echo: Echo;
  readonly #atTerminal: boolean;
  readonly #lines: AsyncIterator<string>;
  readonly #reader: ReturnType<typeof createInterface>;
  readonly #interruption = new AbortController();
  #hasInputEnded = false;

  /** @param signal interrupts the open question, as Ctrl+C at the terminal does */
  constructor(input: Input, output: Output, signal?: AbortSignal) {
    this.#output = output;
    this.#echo = new Echo(output);
    this.#atTerminal = input.isTTY === true;
    // No history: the arrow keys would bring a secret back on screen.
    this.#reader = createInterface({
      input,
      output: this.#echo,
      terminal: this.#atTerminal,
      historySize: 0,
    });
    const interrupt = () => {
      this.#interruption.abort();
      this.#reader.close();
    };
    // At a terminal in raw mode, Ctrl+C is a key and sends no signal.
    this.#reader.on("SIGINT", interrupt);
    signal?.addEventListener("abort", interrupt, { once: true });
    this.#reader.on("close", () => {
      this.#hasInputEnded = true;
    });
    this.#reader.on("line", () => {
      this.#echo.open = false;
    });
    // Created at once: lines that arrive before the first question are answers too.
    this.#lines = this.#reader[Symbol.asyncIterator]();
  }

  say(text: string): void {
    this.#output.write(`${text}\n`);
  }

  /**
   * Repeats the question until the answer is valid.
   *
   * @returns the answer without surrounding spaces, completed
   * @throws InputEndedError when there is no more input; InterruptedError at Ctrl+C or when the signal aborts
   */
  async ask(question: Question): Promise<string> {
    for (;;) {
      const typed = (await this.#readAnswer(question)).trim() || (question.defaultAnswer ?? "");
      const answer = question.complete?.(typed) ?? typed;
      const problem = question.validate(answer);
      if (problem === null) return answer;
      this.say(`  Invalid answer: ${problem}.`);
    }
  }

  /** Asks for yes or no, and accepts nothing else. */
  async confirm(text: string, defaultAnswer: "yes" | "no"): Promise<boolean> {
    const answer = await this.ask({
      text: `${text} (yes/no)`,
      defaultAnswer,
      validate: (answer) => (/^(y|yes|n|no)$/i.test(answer) ? null : "must be yes or no"),
    });
    return /^y/i.test(answer);
  }

  /**
   * Waits for work between two questions. Rejects with InterruptedError at Ctrl+C or when the signal aborts; the work
   * itself goes on.
   */
  async wait<T>(work: Promise<T>): Promise<T> {
    const { signal } = this.#interruption;
    const interrupted = new Promise<never>((_, reject) => {
      const stop = () => reject(new InterruptedError());
      if (signal.aborted) stop();
      else signal.addEventListener("abort", stop, { once: true });
    });
    return Promise.race([work, interrupted]);
  }

  /** Releases the terminal. */
  close(): void {
    this.#reader.close();
  }

  async #readAnswer({ text, defaultAnswer, hidden = false }: Question): Promise<string> {
    if (this.#interruption.signal.aborted) throw new InterruptedError();
    const prompt = `${text}${defaultAnswer === undefined ? "" : ` [${defaultAnswer}]`}: `;
    if (hidden) this.#output.write(prompt);
    this.#echo.open = !hidden;
    if (!this.#hasInputEnded) {
      this.#reader.setPrompt(hidden ? "" : prompt);
      this.#reader.prompt();
    } else if (!hidden) {
      // Lines that arrived before the end of the input are still to be read.
      this.#output.write(prompt);
    }
    const { value, done } = await this.#lines.next();
    // A visible answer's own line break was echoed already.
    if (hidden || done || !this.#atTerminal) this.#output.write("\n");
    if (this.#interruption.signal.aborted) throw new InterruptedError();
    if (done) throw new InputEndedError();
    return value;
  }
}

/** Receives what the line editor writes, and passes it on to the terminal only while open. */
class Echo extends Writable {
  open = false;
  readonly #terminal: Output;

  constructor(terminal: Output) {
    super();
    this.#terminal = terminal;
  }

  /** The line editor reads the terminal's width. */
  get columns(): number | undefined {
    return this.#terminal.columns;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (this.open) this.#terminal.write(chunk);
    done();
  }
}
