import { type Random, weighted } from "./random.ts";

/** The parts of a ten-digit number of the North American Numbering Plan. */
interface NumberParts {
  area: string;
  exchange: string;
  last: string;
}

/**
 * Generates phone numbers that don't exist, each once.
 *
 * The range reserved for fiction, 555-0100 to 555-0199, has only a hundred different last four digits, so in a large
 * firm most contacts would share them. Instead, the area code is fictional: codes with 9 as the second digit are
 * reserved for the plan's expansion, and none is in use. Exchange and last four digits are distributed as in real
 * numbers, and `libphonenumber-js` considers the numbers possible, as the service requires.
 */
export class GeneratedNumbers {
  readonly #random: Random;
  readonly #used = new Set<string>();
  readonly #areas: readonly string[];

  constructor(random: Random) {
    this.#random = random;
    this.#areas = Array.from({ length: 3 }, () => areaCode(random));
  }

  /** A number that was not returned before, in E.164. */
  next(): string {
    for (;;) {
      const { area, exchange, last } = this.#randomParts();
      const e164 = `+1${area}${exchange}${last}`;
      if (this.#used.has(e164)) continue;
      this.#used.add(e164);
      return e164;
    }
  }

  /** Most numbers have one of three local area codes. */
  #randomParts(): NumberParts {
    const random = this.#random;
    const area = random.chance(0.75) ? random.pick(this.#areas) : areaCode(random);
    const exchange = String(random.integer(200, 999));
    // 211, 311 and so on are service codes; 555 is directory assistance.
    if (exchange.endsWith("11") || exchange === "555") return this.#randomParts();
    return { area, exchange, last: digits(random, 4) };
  }
}

function areaCode(random: Random): string {
  return `${random.integer(2, 9)}9${random.integer(0, 9)}`;
}

/** A string of random digits. */
export function digits(random: Random, count: number): string {
  return Array.from({ length: count }, () => random.integer(0, 9)).join("");
}

const formatNumber = weighted<(parts: NumberParts) => string>([
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

const addText = weighted<(typed: string) => string>([
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

const addExtension = weighted<(typed: string, extension: string) => string>([
  [(typed, extension) => `${typed} x${extension}`, 4],
  [(typed, extension) => `${typed} ext. ${extension}`, 3],
  [(typed, extension) => `${typed}, ext ${extension}`, 2],
  [(typed, extension) => `${typed} Ext ${extension}`, 1],
]);

/** The number as a member of the firm might have typed it, in a random style. */
export function typedNumber(e164: string, random: Random, { withExtension = false } = {}): string {
  const parts: NumberParts = { area: e164.slice(2, 5), exchange: e164.slice(5, 8), last: e164.slice(8) };
  const typed = formatNumber(random)(parts);
  if (withExtension) return addExtension(random)(typed, digits(random, random.integer(2, 4)));
  return addText(random)(typed);
}
