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

/**
 * The words of a text as they sound: in lower case, without accents and punctuation. `O'Brien` is one word, `L.L.C.` and
 * `J.R.` are one word each, `Anne-Marie` is two.
 */
export function spokenWords(text: string): string[] {
  return text
    .slice(0, MAX_SPOKEN_LENGTH)
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[ßøłđðþæœı]/g, (letter) => UNDECOMPOSED[letter] ?? letter)
    .replace(/['’ʼ‘`´]/g, "")
    .replace(/(?<=(?<![\p{L}\p{N}])\p{L})\.(?=\p{L}(?![\p{L}\p{N}]))/gu, "")
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "");
}
