import { type Random, weighted } from "./random.ts";

/** A ten-digit number of the North American plan, in its parts. */
interface Line {
  area: string;
  exchange: string;
  last: string;
}

/**
 * Numbers that nobody has, each once.
 *
 * The range kept for fiction, 555-0100 to 555-0199, has a hundred last-four digits: in a firm of thousands everybody
 * would share them. So the area code is the invented part: codes whose second digit is 9 are kept back for the day
 * when the numbering plan gets longer, and not one of them is in use. Exchange and last four are spread as real
 * ones are, and `libphonenumber-js` calls the whole number possible, which is what the service asks of a number.
 */
export class GeneratedNumbers {
  readonly #random: Random;
  readonly #taken = new Set<string>();
  readonly #areas: readonly string[];

  constructor(random: Random) {
    this.#random = random;
    this.#areas = Array.from({ length: 3 }, () => areaCode(random));
  }

  /** Another number that nobody has yet, in E.164. */
  next(): string {
    for (;;) {
      const { area, exchange, last } = this.#line();
      const e164 = `+1${area}${exchange}${last}`;
      if (this.#taken.has(e164)) continue;
      this.#taken.add(e164);
      return e164;
    }
  }

  /** Most of a firm's clients live around it. */
  #line(): Line {
    const random = this.#random;
    const area = random.chance(0.75) ? random.pick(this.#areas) : areaCode(random);
    const exchange = String(random.integer(200, 999));
    // 211, 311 and so on are services, and 555 is directory assistance
    if (exchange.endsWith("11") || exchange === "555") return this.#line();
    return { area, exchange, last: digits(random, 4) };
  }
}

function areaCode(random: Random): string {
  return `${random.integer(2, 9)}9${random.integer(0, 9)}`;
}

export function digits(random: Random, count: number): string {
  return Array.from({ length: count }, () => random.integer(0, 9)).join("");
}

const writeNumber = weighted<(line: Line, random: Random) => string>([
  [({ area, exchange, last }) => `(${area}) ${exchange}-${last}`, 28],
  [({ area, exchange, last }) => `${area}-${exchange}-${last}`, 20],
  [({ area, exchange, last }) => `${area}.${exchange}.${last}`, 8],
  [({ area, exchange, last }) => `${area} ${exchange} ${last}`, 5],
  [({ area, exchange, last }) => `${area}${exchange}${last}`, 8],
  [({ area, exchange, last }) => `+1${area}${exchange}${last}`, 8],
  [({ area, exchange, last }) => `+1 ${area} ${exchange} ${last}`, 3],
  [({ area, exchange, last }) => `+1 (${area}) ${exchange}-${last}`, 4],
  [({ area, exchange, last }) => `1-${area}-${exchange}-${last}`, 4],
  [({ area, exchange, last }) => `1 (${area}) ${exchange} ${last}`, 1],
  [({ area, exchange, last }) => `(${area})${exchange}-${last}`, 3],
  [({ area, exchange, last }) => `${area}/${exchange}-${last}`, 1],
  [({ area, exchange, last }) => `${area} - ${exchange} – ${last}`, 1],
  [({ area, exchange, last }) => `(${area})\u00a0${exchange}\u2011${last}`, 1],
  [({ exchange, last }) => `${exchange}-${last}`, 3],
  [({ area, exchange, last }) => `${area} ${exchange}-${last.slice(0, 2)} ${last.slice(2)}`, 1],
]);

const writeAround = weighted<(typed: string) => string>([
  [(typed) => typed, 80],
  [(typed) => `cell: ${typed}`, 3],
  [(typed) => `${typed} (cell)`, 3],
  [(typed) => `home ${typed}`, 2],
  [(typed) => `Mobile ${typed}`, 2],
  [(typed) => `${typed} (after 5pm)`, 2],
  [(typed) => `${typed} - do not leave voicemail`, 2],
  [(typed) => `h: ${typed}`, 2],
  [(typed) => ` ${typed} `, 2],
  [(typed) => `${typed} (wife)`, 2],
]);

const writeExtension = weighted<(typed: string, extension: string) => string>([
  [(typed, extension) => `${typed} x${extension}`, 4],
  [(typed, extension) => `${typed} ext. ${extension}`, 3],
  [(typed, extension) => `${typed}, ext ${extension}`, 2],
  [(typed, extension) => `${typed} Ext ${extension}`, 1],
]);

/** The number as somebody at the firm typed it, by chance one way or another. */
export function typedNumber(e164: string, random: Random, { withExtension = false } = {}): string {
  const line: Line = { area: e164.slice(2, 5), exchange: e164.slice(5, 8), last: e164.slice(8) };
  const typed = writeNumber(random)(line, random);
  if (withExtension) return writeExtension(random)(typed, digits(random, random.integer(2, 4)));
  return writeAround(random)(typed);
}
