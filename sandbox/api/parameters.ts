import { argumentError } from "./clio-error.ts";

/**
 * The query parameters of one API request, read as Clio does: unknown parameters are ignored, and an empty value counts
 * as absent. The methods throw a 400 `ArgumentError` for a value of the wrong type.
 */
export class Parameters {
  readonly #query: URLSearchParams;

  constructor(query: URLSearchParams) {
    this.#query = query;
  }

  text(name: string): string | undefined {
    return this.#query.get(name) || undefined;
  }

  /** Every value as sent, including empty ones. */
  all(name: string): string[] {
    return this.#query.getAll(name);
  }

  integer(name: string, min = 0, max = Number.MAX_SAFE_INTEGER): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = toInteger(name, text);
    if (value < min || value > max) throw argumentError(`${name} must be between ${min} and ${max}.`);
    return value;
  }

  /** A list parameter, `ids[]=1&ids[]=2`. */
  integers(name: string): number[] | undefined {
    const texts = this.#query.getAll(name);
    return texts.length === 0 ? undefined : texts.map((text) => toInteger(name, text));
  }

  /** The ID of an associated record; null for `null`, which selects records without one. */
  idOrNull(name: string): number | null | undefined {
    return this.text(name) === "null" ? null : this.integer(name);
  }

  flag(name: string): boolean | undefined {
    const text = this.oneOf(name, ["true", "false"]);
    return text === undefined ? undefined : text === "true";
  }

  /** An ISO 8601 time, in milliseconds since 1970. */
  time(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const time = Date.parse(text);
    if (Number.isNaN(time)) throw argumentError(`${name} must be an ISO 8601 timestamp.`);
    return time;
  }

  oneOf<Value extends string>(name: string, values: readonly Value[]): Value | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : member(name, text, values);
  }

  /** Comma-separated values: `status=open,pending`. */
  someOf<Value extends string>(name: string, values: readonly Value[]): Value[] | undefined {
    return this.text(name)
      ?.split(",")
      .map((text) => member(name, text, values));
  }

  /** The same parameters with this page token in place of the current token or offset. */
  withPageToken(token: string): string {
    const query = new URLSearchParams(this.#query);
    query.delete("offset");
    query.set("page_token", token);
    return query.toString();
  }
}

function toInteger(name: string, text: string): number {
  if (!/^-?\d+$/.test(text)) throw argumentError(`${name} must be an integer.`);
  return Number(text);
}

function member<Value extends string>(name: string, text: string, values: readonly Value[]): Value {
  const value = values.find((each) => each === text);
  if (value === undefined) throw argumentError(`${name} must be one of ${values.join(", ")}.`);
  return value;
}
