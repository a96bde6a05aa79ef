import { createInterface } from "node:readline";
import { Writable } from "node:stream";

/** The answers ended before the last question: Ctrl+D at a terminal, or too few lines in a pipe. */
export class InputEndedError extends Error {
  override readonly name = "InputEndedError";
}

type Input = NodeJS.ReadableStream & { readonly isTTY?: boolean };
type Output = NodeJS.WritableStream & { readonly columns?: number };

export interface Question {
  readonly text: string;
  /** What an empty answer means. */
  readonly defaultAnswer?: string;
  /** The answer is not echoed. */
  readonly hidden?: boolean;
  /** What is wrong with an answer; null when it does. */
  validate(answer: string): string | null;
}

/**
 * Asks one question after another, at a terminal or of lines that are piped in, and says things between them.
 * What a terminal echoes is let through only while a question is open whose answer may be seen: several lines
 * pasted at once do not show a secret among them.
 */
export class Prompt {
  readonly #output: Output;
  readonly #echo: Echo;
  readonly #atTerminal: boolean;
  readonly #lines: AsyncIterator<string>;
  readonly #reader: ReturnType<typeof createInterface>;

  /** @param onInterrupt called at Ctrl+C */
  constructor(input: Input, output: Output, onInterrupt: () => void) {
    this.#output = output;
    this.#echo = new Echo(output);
    this.#atTerminal = input.isTTY === true;
    // No history: the arrow keys would bring a secret back into sight.
    this.#reader = createInterface({
      input,
      output: this.#echo,
      terminal: this.#atTerminal,
      historySize: 0,
    });
    this.#reader.on("SIGINT", onInterrupt);
    this.#reader.on("line", () => {
      this.#echo.open = false;
    });
    // Made at once: lines that come before the first question are answers too.
    this.#lines = this.#reader[Symbol.asyncIterator]();
  }

  say(text: string): void {
    this.#output.write(`${text}\n`);
  }

  /** Asks until the answer does; returns it without spaces around it. */
  async ask(question: Question): Promise<string> {
    for (;;) {
      const answer = (await this.#answerTo(question)).trim() || (question.defaultAnswer ?? "");
      const problem = question.validate(answer);
      if (problem === null) return answer;
      this.say(`  That does not do: ${problem}.`);
    }
  }

  /** Nothing but a clear yes is one. */
  async confirm(text: string, defaultAnswer: "yes" | "no"): Promise<boolean> {
    const answer = await this.ask({
      text: `${text} (yes/no)`,
      defaultAnswer,
      validate: (answer) => (/^(y|yes|n|no)$/i.test(answer) ? null : "answer yes or no"),
    });
    return /^y/i.test(answer);
  }

  /** Gives the terminal back. */
  close(): void {
    this.#reader.close();
  }

  async #answerTo({ text, defaultAnswer, hidden = false }: Question): Promise<string> {
    const prompt = `${text}${defaultAnswer === undefined ? "" : ` [${defaultAnswer}]`}: `;
    if (hidden) this.#output.write(prompt);
    this.#echo.open = !hidden;
    this.#reader.setPrompt(hidden ? "" : prompt);
    this.#reader.prompt();
    const { value, done } = await this.#lines.next();
    // Where the answer's own line end was echoed, the cursor is in a new line already.
    if (hidden || done || !this.#atTerminal) this.#output.write("\n");
    if (done) throw new InputEndedError();
    return value;
  }
}

/** What the line editor writes: to the terminal while open, nowhere while not. */
class Echo extends Writable {
  open = false;
  readonly #terminal: Output;

  constructor(terminal: Output) {
    super();
    this.#terminal = terminal;
  }

  /** The line editor asks how wide a line is. */
  get columns(): number | undefined {
    return this.#terminal.columns;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (this.open) this.#terminal.write(chunk);
    done();
  }
}
