import { argumentError } from "../clio-error.ts";
import { knownFields, type Resource } from "./known-fields.ts";

/** A requested field. For a nested resource, `of` says which of its fields. */
export interface SelectedField {
  readonly name: string;
  readonly of?: { readonly resource: Resource; readonly list: boolean; readonly fields: readonly string[] };
}

/** Returns the value of one field of a record. */
export type ReadField = (resource: Resource, record: object, field: string) => unknown;

const DEFAULT_FIELDS = ["id", "etag"];

/**
 * Parses `fields=id,name,matter{id,description}`.
 *
 * The default, also for a nested resource without braces, is `id` and `etag`. Throws a 400 `ArgumentError` for a field
 * that Clio's API description doesn't have, for a second level of braces, and for unbalanced braces. Source:
 * docs/explanation/how-clio-behaves.md, "Fields".
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

/** The selected fields of a record, as JSON. A field that the sandbox doesn't have is null. */
export function serializeRecord(
  record: object,
  resource: Resource,
  selection: readonly SelectedField[],
  read: ReadField,
): Record<string, unknown> {
  const json: Record<string, unknown> = {};
  for (const { name, of } of selection) {
    const value = read(resource, record, name);
    json[name] = of ? serializeNested(value, of, read) : value;
  }
  return json;
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

function serializeNested(value: unknown, of: NonNullable<SelectedField["of"]>, read: ReadField): unknown {
  const selection = of.fields.map((name) => ({ name }));
  // Clio sends an empty collection as [], an empty association as null.
  if (of.list)
    return ((value ?? []) as object[]).map((each) => serializeRecord(each, of.resource, selection, read));
  return value ? serializeRecord(value, of.resource, selection, read) : null;
}

function unknownField(name: string, resource: Resource) {
  return argumentError(`${name} is not a valid field of ${resource}.`);
}
