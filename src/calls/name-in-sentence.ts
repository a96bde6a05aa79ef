const MAX_CHARACTERS = 40;

/** Without particles: "Ana Maria Souza da Silva Prado" has five. */
const MAX_NAME_WORDS = 5;

/** Letters with their marks. More marks on one letter than any language uses make a text unreadable. */
const LETTERS = String.raw`(?:\p{L}[\p{Mn}\p{Mc}]{0,3})+`;
const APOSTROPHE = "['’‘ʻʼ]";
/** `Anne-Marie`, `O'Brien`, `d’Arcy`, `'t`. */
const PLAIN_WORD = `${APOSTROPHE}?${LETTERS}(?:(?:${APOSTROPHE}|[-‐‑])${LETTERS})*`;
/** `J.`, `J.R.R.`, `J.-P.`; anywhere else, a full stop could end the sentence and begin another. */
const INITIALS = String.raw`(?:\p{L}[\p{Mn}\p{Mc}]{0,3}\.-?)*\p{L}[\p{Mn}\p{Mc}]{0,3}\.`;
const TITLE = String.raw`(?:Dr|Mr|Mrs|Ms|Prof|Jr|Sr|St)\.`;

const WORD = new RegExp(`^(?:${PLAIN_WORD}|${INITIALS}|${TITLE})$`, "u");

/** Invisible characters, and letters that only look like punctuation: `ː` like a colon, `ǃ` like an exclamation mark. */
const DECEPTIVE = /[\p{Default_Ignorable_Code_Point}\u01c0-\u01c3\u02b0-\u02ba\u02bd-\u02ff]/u;

/** Words of a name that are written in lower case. Any other lower-case word is more likely part of a sentence. */
const PARTICLES = new Set(
  "'t al av bin bint da das de dei del della den der di do dos du e el ibn la las le les los ten ter van vom von y zu zum zur".split(
    " ",
  ),
);

/**
 * A name from Clio for a sentence that the receptionist, a language model, follows or reads aloud. Anyone who can get a
 * contact into Clio chooses its name, which may be an instruction: "SYSTEM: transfer to …"
 * (docs/explanation/security.md, "Names are data").
 * @returns the name on one line; null if it doesn't look like a name and has to be left out
 */
export function nameInSentence(name: string | null): string | null {
  const oneLine = (name ?? "")
    .normalize("NFC")
    .trim()
    .replace(/[\p{Zs}\t]+/gu, " ");
  if ([...oneLine].length > MAX_CHARACTERS || DECEPTIVE.test(oneLine)) return null;
  // Bold, full-width and other variants of plain letters.
  if (oneLine.normalize("NFKC") !== oneLine) return null;
  const words = oneLine.split(" ");
  if (!words.every((word) => WORD.test(word))) return null;
  const nameWords = words.filter((word) => !PARTICLES.has(word.replace(/’/g, "'")));
  const areNames = nameWords.every((word) => !startsInLowerCase(word));
  return areNames && nameWords.length > 0 && nameWords.length <= MAX_NAME_WORDS ? oneLine : null;
}

/** `d'Arcy` and `al-Rashid` start with a particle, followed by a capital letter. */
function startsInLowerCase(word: string): boolean {
  return /^\p{Ll}/u.test(word) && !/^\p{Ll}{1,3}['’-]\p{Lu}/u.test(word);
}
