import type { Description, Operation, Parameter, Schema } from "./description.ts";

/** Returns the ID of a record in the sandbox, by the path of its list: `/contacts`. */
export type FindId = (list: string) => number | undefined;

/** `fields` has its own probes; a page token comes from `meta.paging.next`. */
const SKIPPED_PARAMETERS = new Set(["fields", "page_token"]);

/** The path with its parameters replaced by existing IDs, or by 1 if none is known. */
export function pathWithIds(path: string, idOf: FindId): string {
  return path.replaceAll(/(\/\w+)\/\{\w+\}/g, (_, list: string) => `${list}/${idOf(list) ?? 1}`);
}

/**
 * Queries that together cover everything in the description of an operation: every field, every nested record with and
 * without braces, every parameter.
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
      .filter((parameter) => parameter.in === "query" && !SKIPPED_PARAMETERS.has(parameter.name))
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
  if (schema.format === "date") return ["2020-01-01"];
  return [schema.format === "date-time" ? "2020-01-01T00:00:00Z" : "0171"];
}
