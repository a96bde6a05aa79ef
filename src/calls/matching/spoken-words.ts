/** Letters that Unicode does not decompose into a base letter and an accent. */
const UNDECOMPOSED: Readonly<Record<string, string>> = {
  ß: "ss",
  ø: "o",
  ł: "l",
  đ: "d",
  ð: "d",
  þ: "th",
  æ: "ae",
  œ: "oe",
  ı: "i",
};

/** In characters: longer than any name or matter that a caller says. Keeps what follows fast on garbage. */
const MAX_SPOKEN_LENGTH = 200;

/** As most names in Clio are written. Such a text has no more to it than its words. */
const PLAIN_TEXT = /^[A-Za-z0-9 ]*$/;

/**
 * The words of a text as they sound: in lower case, without accents and punctuation. `O'Brien` is one word, `L.L.C.` and
 * `J.R.` are one word each, `Anne-Marie` is two.
 */
export function spokenWords(text: string): string[] {
  const spoken = text.slice(0, MAX_SPOKEN_LENGTH);
  const words = PLAIN_TEXT.test(spoken) ? spoken.toLowerCase().split(" ") : wordsWithoutMarks(spoken);
  return words.filter((word) => word !== "");
}

function wordsWithoutMarks(text: string): string[] {
  return text
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[ßøłđðþæœı]/g, (letter) => UNDECOMPOSED[letter] ?? letter)
    .replace(/['’ʼ‘`´]/g, "")
    .replace(/(?<=(?<![\p{L}\p{N}])\p{L})\.(?=\p{L}(?![\p{L}\p{N}]))/gu, "")
    .split(/[^\p{L}\p{N}]+/u);
}
