import type { Compilable, CompiledQuery, Kysely } from "kysely";

/** Stands for a parameter's value while the query is compiled. */
class Placeholder {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

type Values<Name extends string> = Readonly<Record<Name, string | number | null>>;
/** A database, or a transaction in it. */
type Executor = Pick<Kysely<unknown>, "executeQuery">;

/** Declares a parameter of a compiled query. The type is `never` because it may stand for a value of any column. */
export type Param<Name extends string> = (name: Name) => never;

/**
 * Compiles a query once, to be run with different values. For queries that every call runs: Kysely takes longer to build one
 * than the database to answer it (`docs/decisions/0010-prepared-statements.md`).
 *
 * @param build returns the query, with `param("name")` in place of each value
 * @returns a function that runs the query with a value for each parameter, in a transaction if it gets one
 *
 * @example
 * const findById = compileQuery(db, (param: Param<"id">) => db.selectFrom("firms").selectAll().where("id", "=", param("id")));
 * const rows = await findById({ id: "us-1" });
 */
export function compileQuery<Row, Name extends string>(
  db: Executor,
  build: (param: Param<Name>) => Compilable<Row>,
): (values: Values<Name>, trx?: Executor) => Promise<Row[]> {
  const query = compileTemplate(build);
  return async (values, trx = db) => (await trx.executeQuery(query(values))).rows;
}

/**
 * Compiles an update as `compileQuery` does a query.
 *
 * @returns a function that resolves with the number of rows that it updated
 */
export function compileUpdate<Name extends string>(
  build: (param: Param<Name>) => Compilable,
): (values: Values<Name>, trx: Executor) => Promise<number> {
  const query = compileTemplate(build);
  return async (values, trx) => Number((await trx.executeQuery(query(values))).numAffectedRows ?? 0);
}

function compileTemplate<Row, Name extends string>(build: (param: Param<Name>) => Compilable<Row>) {
  const template = build((name) => new Placeholder(name) as never).compile();
  return (values: Values<Name>): CompiledQuery<Row> => ({
    ...template,
    parameters: template.parameters.map((parameter) =>
      parameter instanceof Placeholder ? values[parameter.name as Name] : parameter,
    ),
  });
}
