import { readFileSync } from "node:fs";

/** A schema of OpenAPI 3.0, as far as Clio's description uses them. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly allOf?: readonly Schema[];
}

export interface Parameter {
  readonly name: string;
  readonly in: "query" | "path" | "header";
  readonly schema: Schema;
}

type Content = Readonly<Record<string, { readonly schema: Schema }>>;

/** One method of one path. */
export interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** An operation, and the ids that a request's path has in the places of its parameters. */
export interface Match {
  readonly operation: Operation;
  readonly ids: Readonly<Record<string, string>>;
}

const BELOW = "/api/v4";

/** Clio's published API description (clio-facts): what its paths, parameters and schemas are called. */
export class Description {
  readonly #document: Document;

  constructor(file: string) {
    this.#document = JSON.parse(readFileSync(file, "utf8"));
  }

  get schemas(): Readonly<Record<string, Schema>> {
    return this.#document.components.schemas;
  }

  /** Every path that can be read, with what it says of its GET. */
  reads(): [path: string, operation: Operation][] {
    return Object.entries(this.#document.paths).flatMap(([path, { get }]) =>
      get ? [[path, get] satisfies [string, Operation]] : [],
    );
  }

  /** The operation that a request is; undefined when the description has none. Clio takes `.json` at the end as well. */
  find(method: string, pathname: string): Match | undefined {
    if (!pathname.startsWith(`${BELOW}/`)) return undefined;
    const asked = pathname.slice(BELOW.length).replace(/\.json$/, "");
    const matches = Object.entries(this.#document.paths).flatMap(([path, operations]) => {
      const operation = operations[method.toLowerCase()];
      const pattern = path.replaceAll(/\{(\w+)\}/g, "(?<$1>[^/]+)");
      const match = new RegExp(`^${pattern}$`).exec(asked);
      return operation && match ? [{ operation, ids: { ...match.groups } }] : [];
    });
    // `/users/who_am_i` is a `/users/{id}` as well: the one with fewer places wins.
    return matches.toSorted((one, other) => Object.keys(one.ids).length - Object.keys(other.ids).length)[0];
  }

  /** What the operation's answer is about, `Contact` say: what its `fields` may name. */
  record({ responses }: Operation): Schema | undefined {
    const answer = schemaOf((responses["200"] ?? responses["201"])?.content);
    const data = answer && this.flat(answer).properties?.data;
    return data && this.flat(data.items ?? data);
  }

  /** The schema with its reference followed and its parts made one. */
  flat(schema: Schema): Schema {
    if (schema.$ref !== undefined) return this.flat(this.#named(schema.$ref));
    if (schema.items?.$ref !== undefined || !schema.allOf) return schema;
    const parts = schema.allOf.map((part) => this.flat(part));
    return {
      type: "object",
      properties: Object.assign({}, ...parts.map(({ properties }) => properties)),
      required: parts.flatMap(({ required = [] }) => required),
    };
  }

  #named(ref: string): Schema {
    const schema = this.schemas[nameIn(ref)];
    if (!schema) throw new Error(`the description has no ${ref}`);
    return schema;
  }
}

/** The schema's own name in `#/components/schemas/Contact_base`. */
export function nameIn(ref: string): string {
  return ref.slice(ref.lastIndexOf("/") + 1);
}

/** The description gives each answer and each body in one form, JSON. */
export function schemaOf(content: Content | undefined): Schema | undefined {
  return content && Object.values(content)[0]?.schema;
}
