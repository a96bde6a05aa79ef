/** Escaped HTML, made by the `html` tag. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A value in a template. Text is escaped; null, undefined and false are omitted. */
export type Insert = string | number | Html | readonly Insert[] | null | undefined | false;

/** Template tag that escapes every value except `Html`. */
export function html(literals: TemplateStringsArray, ...inserts: Insert[]): Html {
  const parts = literals.map((literal, i) =>
    i < inserts.length ? literal + escapeInsert(inserts[i]) : literal,
  );
  return new Html(parts.join(""));
}

function escapeInsert(insert: Insert): string {
  if (insert === null || insert === undefined || insert === false) return "";
  if (insert instanceof Html) return insert.text;
  if (typeof insert === "object") return insert.map(escapeInsert).join("");
  return String(insert).replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
