import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import ajvFormats from "ajv-formats";
import { type Description, type Match, nameIn, type Schema, schemaOf } from "./description.ts";
import { describeExchange, type Exchange } from "./exchange.ts";

/** Clio accepts it, but the description doesn't list it (docs/explanation/how-clio-behaves.md, "Nonces"). */
const UNDOCUMENTED_PARAMETERS = new Set(["custom_action_nonce"]);
/**
 * Accepts comma-separated values, although its enum has only single ones (docs/explanation/how-clio-behaves.md,
 * "Matters").
 */
const COMMA_SEPARATED = new Set(["status"]);

/**
 * Finds where an exchange differs from Clio's API description, apart from the description's own gaps: properties that
 * are not required may be null, and it lacks the `meta` of lists.
 */
export class Conformance {
  readonly #description: Description;
  readonly #ajv = new Ajv({ allErrors: true, allowUnionTypes: true });
  readonly #validators = new Map<Schema, ValidateFunction>();
  readonly #definitions: object;

  constructor(description: Description) {
    this.#description = description;
    ajvFormats.default(this.#ajv);
    this.#definitions = Object.fromEntries(
      Object.entries(description.schemas).map(([name, schema]) => [
        name,
        this.#strict(description.flat(schema), true),
      ]),
    );
  }

  /** Problems of the request's path, parameters, `fields` and body. */
  requestProblems(exchange: Exchange): string[] {
    const url = new URL(exchange.path, "http://clio");
    const match = this.#description.find(exchange.method, url.pathname);
    if (!match) return [`${describeExchange(exchange)}: not in the description`];
    return [
      ...this.#parameterProblems(match, url.searchParams),
      ...this.#fieldProblems(match, url.searchParams.get("fields")),
      ...this.#bodyProblems(match, exchange.sent),
    ].map((problem) => `${describeExchange(exchange)}: ${problem}`);
  }

  /** Problems of the response's status, content type, and names and values in the body. */
  responseProblems(exchange: Exchange): string[] {
    const { method, path, status, contentType, text } = exchange;
    const match = this.#description.find(method, new URL(path, "http://clio").pathname);
    if (!match) return [];
    const described = match.operation.responses[status];
    const schema = schemaOf(described?.content);
    const problems = (() => {
      if (!described) return [`status ${status} is not in the description`];
      if (!schema) return text === "" ? [] : ["unexpected body"];
      if (!/^application\/json; charset=utf-8$/i.test(contentType)) return [`Content-Type is ${contentType}`];
      return this.#problems(schema, JSON.parse(text), true);
    })();
    return problems.map((problem) => `${describeExchange(exchange)}: ${problem}`);
  }

  #parameterProblems({ operation, ids }: Match, query: URLSearchParams): string[] {
    const parameters = [
      ...Object.entries(ids).map(([name, value]) => ({ place: "path", name, value })),
      ...[...query].map(([name, value]) => ({ place: "query", name, value })),
    ];
    return parameters.flatMap(({ place, name, value }) => {
      if (UNDOCUMENTED_PARAMETERS.has(name)) return [];
      const parameter = operation.parameters?.find((each) => each.name === name && each.in === place);
      if (!parameter) return [`unknown parameter ${name}`];
      if (query.getAll(name).length > 1 && !name.endsWith("[]")) return [`${name} is repeated`];
      const values = COMMA_SEPARATED.has(name) ? value.split(",") : [value];
      return values
        .flatMap((each) => this.#problems(parameter.schema, convertParameter(each, parameter.schema), false))
        .map((problem) => `${name} ${problem}`);
    });
  }

  /** Checks the names in `fields`, such as `id,name,matter{id}`. */
  #fieldProblems({ operation }: Match, fields: string | null): string[] {
    if (fields === null) return [];
    const record = this.#description.record(operation);
    const names = fields.match(/[^,{}]+(\{[^{}]*\})?/g) ?? [];
    if (names.join(",") !== fields) return [`invalid fields: ${fields}`];
    return names.flatMap((each) => {
      const [, name = "", braces] = /^([^{]+)(?:\{(.*)\})?$/.exec(each) ?? [];
      const schema = record?.properties?.[name];
      if (!schema) return [`unknown field ${name}`];
      if (braces === undefined) return [];
      const inner = this.#description.flat(schema.items ?? schema).properties;
      return braces
        .split(",")
        .filter((nested) => !inner || !Object.hasOwn(inner, nested))
        .map((nested) => `unknown field ${nested} of ${name}`);
    });
  }

  #bodyProblems({ operation }: Match, sent: unknown): string[] {
    const schema = schemaOf(operation.requestBody?.content);
    if (!schema) return sent === undefined ? [] : ["unexpected body"];
    return this.#problems(schema, sent, false).map((problem) => `body ${problem}`);
  }

  #problems(schema: Schema, value: unknown, isResponse: boolean): string[] {
    let validate = this.#validators.get(schema);
    if (!validate) {
      validate = this.#ajv.compile({ ...this.#strict(schema, isResponse), definitions: this.#definitions });
      this.#validators.set(schema, validate);
    }
    return validate(value) ? [] : (validate.errors ?? []).map(formatError);
  }

  /**
   * Converts the schema to a JSON Schema that rejects unknown names. In a response, properties that are not required
   * may be null.
   */
  #strict(schema: Schema, isResponse: boolean): object {
    if (schema.$ref !== undefined) return { $ref: `#/definitions/${nameIn(schema.$ref)}` };
    const { type, format, items, properties, required = [] } = schema;
    if (items) return { type, items: this.#strict(items, isResponse) };
    if (!properties) return { type, ...(format && { format }), ...(schema.enum && { enum: schema.enum }) };
    const strict = Object.entries(properties).map(([name, property]) => {
      const inner = this.#strict(property, isResponse);
      const mayBeNull = isResponse && !required.includes(name);
      return [name, mayBeNull ? { anyOf: [{ type: "null" }, inner] } : inner];
    });
    if (isResponse && properties.data) strict.push(["meta", { type: "object" }]);
    return { type, properties: Object.fromEntries(strict), required, additionalProperties: false };
  }
}

/** Converts a parameter to its schema's type; returns the text unchanged if that isn't possible. */
function convertParameter(text: string, { type }: Schema): unknown {
  if (type === "integer" && /^-?\d+$/.test(text)) return Number(text);
  if (type === "boolean" && /^(true|false)$/.test(text)) return text === "true";
  return text;
}

function formatError({ instancePath, message, params }: ErrorObject): string {
  const name = "additionalProperty" in params ? ` (${params.additionalProperty})` : "";
  return `${instancePath} ${message}${name}`.trim();
}
