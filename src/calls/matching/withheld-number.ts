/**
 * The words a carrier or a phone system puts where a number should be (contract, "Reading numbers"). `Private
 * number`, `unknown caller` and `anonymous@anonymous.invalid` carry one of them, too.
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

/**
 * Networks that can carry digits only send the word as the keys that spell it, with a `+` before them:
 * `+266696687` is A-N-O-N-Y-M-O-U-S (contract: "a carrier's placeholder"). Made from the words, so that the two
 * lists cannot drift apart.
 */
const WITHHELD_DIGITS: ReadonlySet<string> = new Set(Array.from(WITHHELD_WORDS, digitsThatSpell));

function digitsThatSpell(word: string): string {
  return Array.from(word, (letter) => KEYPAD.findIndex((letters) => letters.includes(letter))).join("");
}

/** Whether a caller ID without a single digit says that the number is withheld; blank says so as well. */
export function saysWithheld(text: string): boolean {
  if (text.trim() === "") return true;
  return text
    .toLowerCase()
    .split(/[^\p{L}]+/u)
    .some((word) => WITHHELD_WORDS.has(word));
}

/** Whether these digits are one of the words spelled on a keypad. */
export function spellsWithheld(digits: string): boolean {
  return WITHHELD_DIGITS.has(digits);
}
