import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import ajvFormats from "ajv-formats";
import { type Description, type Match, nameIn, type Schema, schemaOf } from "./description.ts";
import { type Exchange, nameOf } from "./exchange.ts";

/** Clio takes it, and the description does not list it (clio-facts). */
const UNLISTED = new Set(["custom_action_nonce"]);
/** Takes several values with commas between, although its enum has single ones (clio-facts). */
const COMMA_SEPARATED = new Set(["status"]);

/**
 * Finds what in an exchange is not as Clio's description has it. Its gaps are made good here: every property may be
 * null that is not required, and a list's `meta` is not in it.
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

  /** What is wrong with the request: its path, its parameters, the names in `fields`, its body. */
  ofRequest(exchange: Exchange): string[] {
    const url = new URL(exchange.path, "http://clio");
    const match = this.#description.find(exchange.method, url.pathname);
    if (!match) return [`${nameOf(exchange)}: the description has no such request`];
    return [
      ...this.#parameterProblems(match, url.searchParams),
      ...this.#fieldProblems(match, url.searchParams.get("fields")),
      ...this.#bodyProblems(match, exchange.sent),
    ].map((problem) => `${nameOf(exchange)}: ${problem}`);
  }

  /** What is wrong with the answer: its status, its form, any value or name in it. */
  ofAnswer(exchange: Exchange): string[] {
    const { method, path, status, contentType, text } = exchange;
    const match = this.#description.find(method, new URL(path, "http://clio").pathname);
    if (!match) return [];
    const described = match.operation.responses[status];
    const schema = schemaOf(described?.content);
    const problems = (() => {
      if (!described) return [`the description has no answer ${status}`];
      if (!schema) return text === "" ? [] : ["a body, and the description has none"];
      if (!/^application\/json; charset=utf-8$/i.test(contentType)) return [`Content-Type is ${contentType}`];
      return this.#problems(schema, JSON.parse(text), true);
    })();
    return problems.map((problem) => `${nameOf(exchange)}: ${problem}`);
  }

  #parameterProblems({ operation, ids }: Match, query: URLSearchParams): string[] {
    const given = [
      ...Object.entries(ids).map(([name, value]) => ({ place: "path", name, value })),
      ...[...query].map(([name, value]) => ({ place: "query", name, value })),
    ];
    return given.flatMap(({ place, name, value }) => {
      if (UNLISTED.has(name)) return [];
      const parameter = operation.parameters?.find((each) => each.name === name && each.in === place);
      if (!parameter) return [`no parameter ${name}`];
      if (query.getAll(name).length > 1 && !name.endsWith("[]")) return [`${name} is given more than once`];
      const values = COMMA_SEPARATED.has(name) ? value.split(",") : [value];
      return values
        .flatMap((each) => this.#problems(parameter.schema, typed(each, parameter.schema), false))
        .map((problem) => `${name} ${problem}`);
    });
  }

  /** `id,name,matter{id}`: each name is one of the record's, and in braces one of the nested record's. */
  #fieldProblems({ operation }: Match, fields: string | null): string[] {
    if (fields === null) return [];
    const record = this.#description.record(operation);
    const names = fields.match(/[^,{}]+(\{[^{}]*\})?/g) ?? [];
    if (names.join(",") !== fields) return [`fields cannot be read: ${fields}`];
    return names.flatMap((each) => {
      const [, name = "", braces] = /^([^{]+)(?:\{(.*)\})?$/.exec(each) ?? [];
      const schema = record?.properties?.[name];
      if (!schema) return [`no field ${name}`];
      if (braces === undefined) return [];
      const inner = this.#description.flat(schema.items ?? schema).properties;
      return braces
        .split(",")
        .filter((nested) => !inner || !Object.hasOwn(inner, nested))
        .map((nested) => `no field ${nested} in ${name}`);
    });
  }

  #bodyProblems({ operation }: Match, sent: unknown): string[] {
    const schema = schemaOf(operation.requestBody?.content);
    if (!schema) return sent === undefined ? [] : ["a body, and the description takes none"];
    return this.#problems(schema, sent, false).map((problem) => `body ${problem}`);
  }

  #problems(schema: Schema, value: unknown, isAnswer: boolean): string[] {
    let validate = this.#validators.get(schema);
    if (!validate) {
      validate = this.#ajv.compile({ ...this.#strict(schema, isAnswer), definitions: this.#definitions });
      this.#validators.set(schema, validate);
    }
    return validate(value) ? [] : (validate.errors ?? []).map(inWords);
  }

  /**
   * The schema in JSON Schema's terms, tightened: a name that the description does not have is a fault. In an answer
   * whatever is not required may be null.
   */
  #strict(schema: Schema, isAnswer: boolean): object {
    if (schema.$ref !== undefined) return { $ref: `#/definitions/${nameIn(schema.$ref)}` };
    const { type, format, items, properties, required = [] } = schema;
    if (items) return { type, items: this.#strict(items, isAnswer) };
    if (!properties) return { type, ...(format && { format }), ...(schema.enum && { enum: schema.enum }) };
    const strict = Object.entries(properties).map(([name, property]) => {
      const inner = this.#strict(property, isAnswer);
      const mayBeNull = isAnswer && !required.includes(name);
      return [name, mayBeNull ? { anyOf: [{ type: "null" }, inner] } : inner];
    });
    if (isAnswer && properties.data) strict.push(["meta", { type: "object" }]);
    return { type, properties: Object.fromEntries(strict), required, additionalProperties: false };
  }
}

/** A parameter's text as the value it stands for; the text itself where it stands for none of that type. */
function typed(text: string, { type }: Schema): unknown {
  if (type === "integer" && /^-?\d+$/.test(text)) return Number(text);
  if (type === "boolean" && /^(true|false)$/.test(text)) return text === "true";
  return text;
}

function inWords({ instancePath, message, params }: ErrorObject): string {
  const name = "additionalProperty" in params ? ` (${params.additionalProperty})` : "";
  return `${instancePath} ${message}${name}`.trim();
}
