import { readFileSync } from "node:fs";

/** An OpenAPI 3.0 schema, with the keywords that Clio's description uses. */
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

export interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** The operation of a request, and the IDs in the request's path. */
export interface Match {
  readonly operation: Operation;
  readonly ids: Readonly<Record<string, string>>;
}

const API_PATH = "/api/v4";

/** A gap of the description: it says that these lists are a single record without `data`. */
const LISTS_DESCRIBED_AS_RECORDS = ["/calendar_entry_event_types"];

/** Clio's published API description (docs/explanation/how-clio-behaves.md, "The published API description"). */
export class Description {
  readonly #document: Document;

  constructor(file: string) {
    this.#document = JSON.parse(readFileSync(file, "utf8"));
    for (const path of LISTS_DESCRIBED_AS_RECORDS) describeAsList(this.#document.paths[path]?.get);
  }

  get schemas(): Readonly<Record<string, Schema>> {
    return this.#document.components.schemas;
  }

  /** Every path with a GET operation. */
  getOperations(): [path: string, operation: Operation][] {
    return Object.entries(this.#document.paths).flatMap(([path, { get }]) =>
      get ? [[path, get] satisfies [string, Operation]] : [],
    );
  }

  /** Finds the operation of a request; undefined if there is none. Clio also accepts `.json` at the end of a path. */
  find(method: string, pathname: string): Match | undefined {
    if (!pathname.startsWith(`${API_PATH}/`)) return undefined;
    const requested = pathname.slice(API_PATH.length).replace(/\.json$/, "");
    const matches = Object.entries(this.#document.paths).flatMap(([path, operations]) => {
      const operation = operations[method.toLowerCase()];
      const pattern = path.replaceAll(/\{(\w+)\}/g, "(?<$1>[^/]+)");
      const match = new RegExp(`^${pattern}$`).exec(requested);
      return operation && match ? [{ operation, ids: { ...match.groups } }] : [];
    });
    // `/users/who_am_i` also matches `/users/{id}`: the path with fewer parameters wins.
    return matches.toSorted((one, other) => Object.keys(one.ids).length - Object.keys(other.ids).length)[0];
  }

  /**
   * The schema of the records in the operation's response, such as `Contact`. Its properties are valid names in
   * `fields`.
   */
  record({ responses }: Operation): Schema | undefined {
    const response = schemaOf((responses["200"] ?? responses["201"])?.content);
    const data = response && this.flat(response).properties?.data;
    return data && this.flat(data.items ?? data);
  }

  /** Resolves a reference and merges `allOf`. */
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

/** The schema's name: `Contact_base` in `#/components/schemas/Contact_base`. */
export function nameIn(ref: string): string {
  return ref.slice(ref.lastIndexOf("/") + 1);
}

/** The schema of a body. The description has a single content type, JSON. */
export function schemaOf(content: Content | undefined): Schema | undefined {
  return content && Object.values(content)[0]?.schema;
}

function describeAsList(operation: Operation | undefined): void {
  for (const body of Object.values(operation?.responses["200"]?.content ?? {})) {
    Object.assign(body, {
      schema: { type: "object", properties: { data: { type: "array", items: body.schema } } },
    });
  }
}
