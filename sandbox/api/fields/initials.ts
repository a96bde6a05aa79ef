/** The first letters of a name's words, in upper case. */
export function initials(name: string): string {
  return name
    .split(/\s+/)
    .map((word) => word[0]?.toUpperCase())
    .join("");
}
