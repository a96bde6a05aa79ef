/**
 * The words that carriers and phone systems send instead of a number (docs/explanation/who-is-found.md#withheld-numbers).
 * `Private number`, `unknown caller` and `anonymous@anonymous.invalid` contain one, too.
 */
const WITHHELD_WORDS: ReadonlySet<string> = new Set([
  "anonymous",
  "restricted",
  "private",
  "unknown",
  "unavailable",
  "blocked",
]);

const KEYPAD = ["", "", "abc", "def", "ghi", "jkl", "mno", "pqrs", "tuv", "wxyz"];

/** The same words as the keys that spell them, for networks that carry digits only: `+266696687` is A-N-O-N-Y-M-O-U-S. */
const WITHHELD_DIGITS: ReadonlySet<string> = new Set(Array.from(WITHHELD_WORDS, keypadDigits));

function keypadDigits(word: string): string {
  return Array.from(word, (letter) => KEYPAD.findIndex((letters) => letters.includes(letter))).join("");
}

/** Whether a caller ID without any digit says that the number is withheld. A blank one does. */
export function isWithheldText(text: string): boolean {
  if (text.trim() === "") return true;
  return text
    .toLowerCase()
    .split(/[^\p{L}]+/u)
    .some((word) => WITHHELD_WORDS.has(word));
}

/** Whether these digits spell one of the words on a keypad. */
export function isWithheldOnKeypad(digits: string): boolean {
  return WITHHELD_DIGITS.has(digits);
}
