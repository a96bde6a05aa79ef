import { argumentError } from "./clio-error.ts";
import { knownFields, type Resource } from "./known-fields.ts";

/** One field a request asked for; with `of`, a nested resource and what is wanted of it. */
export interface SelectedField {
  readonly name: string;
  readonly of?: { readonly resource: Resource; readonly list: boolean; readonly fields: readonly string[] };
}

/** Where the value of one field of one record comes from. */
export type ReadField = (resource: Resource, record: object, field: string) => unknown;

const DEFAULT_FIELDS = ["id", "etag"];

/**
 * Reads `fields=id,name,matter{id,description}`.
 *
 * Without it, and for a nested resource without braces, the default is `id` and `etag`. Throws a 400
 * `ArgumentError` for a field Clio's description does not name, for a second level of braces, and for
 * braces that do not close.
 */
export function selectFields(text: string | undefined, resource: Resource): SelectedField[] {
  if (text === undefined) return DEFAULT_FIELDS.map((name) => ({ name }));
  if (/\{[^}]*\{/.test(text)) throw argumentError("fields may be nested one level deep.");
  const field = /([^,{}]+)(?:\{([^{}]*)\})?(?:,|$)/y;
  const selected: SelectedField[] = [];
  while (field.lastIndex < text.length) {
    const match = field.exec(text);
    if (match?.[1] === undefined) throw argumentError("fields could not be read.");
    selected.push(selectField(match[1], match[2], resource));
  }
  return selected;
}

/** The record as the wire shows it: the selected fields and no other; what the sandbox does not carry is null. */
export function present(
  record: object,
  resource: Resource,
  selection: readonly SelectedField[],
  read: ReadField,
): Record<string, unknown> {
  const shown: Record<string, unknown> = {};
  for (const { name, of } of selection) {
    const value = read(resource, record, name);
    shown[name] = of ? presentNested(value, of, read) : value;
  }
  return shown;
}

function selectField(name: string, braces: string | undefined, resource: Resource): SelectedField {
  const known = knownFields(resource);
  const nested = known.nested && Object.hasOwn(known.nested, name) ? known.nested[name] : undefined;
  if (nested === undefined) {
    if (!known.own.has(name) || braces !== undefined) throw unknownField(name, resource);
    return { name };
  }
  const list = typeof nested !== "string";
  const inner = (list ? nested[0] : nested) as Resource;
  const { own } = knownFields(inner);
  const fields = braces?.split(",") ?? DEFAULT_FIELDS.filter((field) => own.has(field));
  for (const field of fields) if (!own.has(field)) throw unknownField(field, inner);
  return { name, of: { resource: inner, list, fields } };
}

function presentNested(value: unknown, of: NonNullable<SelectedField["of"]>, read: ReadField): unknown {
  const selection = of.fields.map((name) => ({ name }));
  // Clio answers an empty collection with [], an empty association with null.
  if (of.list) return ((value ?? []) as object[]).map((each) => present(each, of.resource, selection, read));
  return value ? present(value, of.resource, selection, read) : null;
}

function unknownField(name: string, resource: Resource) {
  return argumentError(`${name} is not a valid field of ${resource}.`);
}
