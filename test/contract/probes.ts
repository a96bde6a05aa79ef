import type { Description, Operation, Parameter, Schema } from "./description.ts";

/** Ids of records that the sandbox has, by the path of their list: `/contacts`. */
export type KnownIds = (list: string) => number | undefined;

/** Needs the token of a page before, which `meta.paging.next` brings. */
const LEFT_OUT = new Set(["fields", "page_token"]);

/** The path with a real id in each of its places; an id that nothing has where none is known. */
export function pathWithIds(path: string, idOf: KnownIds): string {
  return path.replaceAll(/(\/\w+)\/\{\w+\}/g, (_, list: string) => `${list}/${idOf(list) ?? 1}`);
}

/**
 * Queries that together ask for all that the description knows of one list or record: every field by its name, every
 * nested record with and without braces, every parameter.
 */
export function probesOf(description: Description, operation: Operation, anId: number): URLSearchParams[] {
  const fields = Object.entries(description.record(operation)?.properties ?? {});
  const nested = fields.flatMap(([name, schema]) => {
    const inner = description.flat(schema.items ?? schema).properties;
    return inner ? [name, `${name}{${Object.keys(inner).join(",")}}`] : [];
  });
  const own = fields.map(([name]) => name).filter((name) => !nested.includes(name));
  return [
    ...[own.join(","), ...nested].map((selection) => new URLSearchParams({ fields: selection })),
    ...(operation.parameters ?? [])
      .filter((parameter) => parameter.in === "query" && !LEFT_OUT.has(parameter.name))
      .flatMap((parameter) =>
        examplesOf(parameter, anId).map((value) => new URLSearchParams({ [parameter.name]: value })),
      ),
  ];
}

function examplesOf({ name, schema }: Parameter, anId: number): string[] {
  if (name === "limit") return ["1", "200"];
  return examplesOfType(schema, anId);
}

function examplesOfType(schema: Schema, anId: number): string[] {
  if (schema.enum) return schema.enum.map(String);
  if (schema.type === "integer") return [String(anId)];
  if (schema.type === "boolean") return ["true", "false"];
  return [schema.format === "date-time" ? "2020-01-01T00:00:00Z" : "0171"];
}
