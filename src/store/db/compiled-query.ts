import type { Compilable, CompiledQuery, Kysely } from "kysely";

/** Stands for a value in a query while it is compiled. */
class Placeholder {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** Puts a placeholder where a value belongs; `never`, because it may stand for any. */
export type Place<Name extends string> = (name: Name) => never;

/**
 * A query that is put together once, and asked with other values each time. For what is asked at every call: building a
 * query takes Kysely longer than answering it takes the database.
 *
 * @param build the query, with `place("name")` wherever a value comes later
 * @returns asks it with a value for each name
 *
 * @example
 * const byId = compileQuery(db, (place: Place<"id">) => db.selectFrom("firms").selectAll().where("id", "=", place("id")));
 * const rows = await byId({ id: "us-1" });
 */
export function compileQuery<Row, Name extends string>(
  db: Pick<Kysely<unknown>, "executeQuery">,
  build: (place: Place<Name>) => Compilable<Row>,
): (values: Readonly<Record<Name, string | number>>) => Promise<Row[]> {
  const query = build((name) => new Placeholder(name) as never).compile();
  const { parameters } = query;
  return async (values) => {
    const filled: CompiledQuery<Row> = {
      ...query,
      parameters: parameters.map((value) =>
        value instanceof Placeholder ? values[value.name as Name] : value,
      ),
    };
    return (await db.executeQuery(filled)).rows;
  };
}
