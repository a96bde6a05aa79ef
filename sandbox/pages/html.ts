/** HTML that is ready to be sent: made by `html`, so that whatever was put into it is escaped. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What may be put into a template. Text is escaped; null, undefined and false are nothing. */
export type Insert = string | number | Html | readonly Insert[] | null | undefined | false;

/** A template literal whose every insertion is escaped, but for what another `html` made. */
export function html(literals: TemplateStringsArray, ...inserts: Insert[]): Html {
  const parts = literals.map((literal, i) => (i < inserts.length ? literal + textOf(inserts[i]) : literal));
  return new Html(parts.join(""));
}

function textOf(insert: Insert): string {
  if (insert === null || insert === undefined || insert === false) return "";
  if (insert instanceof Html) return insert.text;
  if (typeof insert === "object") return insert.map(textOf).join("");
  return String(insert).replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
