/** Letters that Unicode does not take apart into a base letter and an accent. */
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

/** More than anybody says when asked for a name or a matter; keeps what follows fast on garbage. */
const LONGEST_SPEECH = 200;

/**
 * The words of a text as a voice would carry them: without case, accents and punctuation. `O'Brien` is one word,
 * `L.L.C.` and `J.R.` are one word, `Anne-Marie` is two.
 */
export function spokenWords(text: string): string[] {
  return text
    .slice(0, LONGEST_SPEECH)
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[ßøłđðþæœı]/g, (letter) => UNDECOMPOSED[letter] ?? letter)
    .replace(/['’ʼ‘`´]/g, "")
    .replace(/(?<=(?<![\p{L}\p{N}])\p{L})\.(?=\p{L}(?![\p{L}\p{N}]))/gu, "")
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "");
}
