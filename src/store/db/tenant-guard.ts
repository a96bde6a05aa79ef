import {
  AliasNode,
  AndNode,
  BinaryOperationNode,
  ColumnNode,
  type InsertQueryNode,
  type JoinNode,
  type Kysely,
  type KyselyPlugin,
  type OperationNode,
  OperatorNode,
  ParensNode,
  type RawNode,
  ReferenceNode,
  TableNode,
  type UpdateQueryNode,
  ValueNode,
} from "kysely";
import type { Schema } from "./schema.ts";

/** What a column names. A mirror is one firm's for good, and its id is random: it names the firm as well. */
type Named = "firm" | "mirror" | "lease";

/** The columns of a table that say whose a row is. */
type Owners = Readonly<Record<string, Named>>;

/**
 * By which columns a query of each table names its firm; null for a table that holds nothing of a firm. Every table has to
 * be named here, so that nobody adds one without a thought of whose its rows are.
 */
const OWNERS: Readonly<Record<keyof Schema, Owners | null>> = {
  firms: { id: "firm" },
  connections: { firm_id: "firm" },
  bearer_keys: { firm_id: "firm" },
  webhooks: { firm_id: "firm" },
  mirrors: { firm_id: "firm", id: "mirror" },
  mirror_records: { mirror_id: "mirror" },
  mirror_terms: { mirror_id: "mirror" },
  noted_changes: { mirror_id: "mirror" },
  leases: { name: "lease" },
  used_states: null,
  invitations: null,
  clio_windows: null,
  wrong_guesses: null,
} satisfies { [Table in keyof Schema]: { [Column in keyof Schema[Table]]?: Named } | null };

/**
 * The database, in which no query can be written without a firm: whatever selects, updates or deletes rows of firms has to
 * narrow them by a column that names one, in the top-level AND of its `where`, or to join them on that column to a table
 * that is narrowed. It holds for subqueries too. Anything else throws a `TypeError` before it reaches the database, and so
 * does what cannot be looked through: raw SQL, a row that is given to another firm, an upsert that may meet another firm's
 * row. For the few queries that have to go over all firms there is `acrossFirms`.
 *
 * A query is looked at when it is compiled; those of `compileQuery`, at the start.
 */
export function guardTenants(db: Kysely<Schema>): Kysely<Schema> {
  return db.withPlugin(FIRM_GUARD);
}

/**
 * The one door past the guard: the database, for a query that has to look at rows without naming their firm.
 *
 * @param _why for whoever reads the code: what makes it right, or what names the firm instead
 * @example
 * const [row] = await acrossFirms(db, "a webhook's address is all that a delivery says").selectFrom("webhooks")…
 */
export function acrossFirms(db: Kysely<Schema>, _why: string): Kysely<Schema> {
  return db.withoutPlugins();
}

const FIRM_GUARD: KyselyPlugin = {
  transformQuery({ node }) {
    checkQuery(node, []);
    return node;
  },
  transformResult: async ({ result }) => result,
};

/** A table as one query reads it. */
interface Source {
  readonly alias: string;
  readonly table: string;
  readonly owners: Owners;
  /** Whether its rows are narrowed to one firm's. */
  named: boolean;
}

/** An equality that holds for every row that a query gets. */
interface Equality {
  readonly sides: readonly [OperationNode, OperationNode];
  /** The only table whose rows it narrows: a left join keeps the others whatever it says. Null: all of them. */
  readonly only: Source | null;
}

/** @param outer the tables of the queries around it, all of them narrowed */
function checkQuery(query: OperationNode, outer: readonly Source[]): void {
  switch (query.kind) {
    case "SelectQueryNode":
    case "UpdateQueryNode":
    case "DeleteQueryNode": {
      const sources = narrowedSources(query as ReadingQuery, outer);
      if (query.kind === "UpdateQueryNode") checkChanges(query as UpdateQueryNode, sources);
      checkInside(query, [...sources, ...outer]);
      break;
    }
    case "InsertQueryNode":
      checkUpsert(query as InsertQueryNode);
      checkInside(query, outer);
      break;
    case "RawNode":
      checkRaw(query as RawNode);
      break;
    default:
      throw new TypeError(
        `no query of the store is a ${query.kind}: the guard of the firms does not know it`,
      );
  }
}

/** Select, update and delete, as far as they say which rows. */
interface ReadingQuery extends OperationNode {
  readonly table?: OperationNode;
  readonly from?: { readonly froms: readonly OperationNode[] };
  readonly using?: { readonly tables: readonly OperationNode[] };
  readonly joins?: readonly JoinNode[];
  readonly where?: { readonly where: OperationNode };
}

/** The tables of firms that a query reads. Throws for one that it does not narrow. */
function narrowedSources(query: ReadingQuery, outer: readonly Source[]): Source[] {
  const { table, from, using, joins = [], where } = query;
  const tables = [...(table ? [table] : []), ...(from?.froms ?? []), ...(using?.tables ?? [])];
  const sources = tables.map(sourceOf);
  const equalities: Equality[] = [];
  if (where) collectEqualities(where.where, null, equalities);
  for (const { joinType, table, on } of joins) {
    const joined = sourceOf(table);
    sources.push(joined);
    if (on && INNER_JOINS.has(joinType)) collectEqualities(on.on, null, equalities);
    if (on && joined && LEFT_JOINS.has(joinType)) collectEqualities(on.on, joined, equalities);
  }

  const own = sources.filter((source) => source !== null);
  // Without its table a column is that of the only table there is.
  const scope: Scope = { own, outer, only: sources.length === 1 ? (sources[0] ?? null) : null };
  while (equalities.some((equality) => names(equality, scope)));
  for (const { table, owners, named } of own) if (!named) throw withoutFirm(table, owners);
  return own;
}

const INNER_JOINS: ReadonlySet<string> = new Set(["InnerJoin", "LateralInnerJoin"]);
const LEFT_JOINS: ReadonlySet<string> = new Set(["LeftJoin", "LateralLeftJoin"]);

/** Null for what is no table of firms: a subquery is looked at by itself. */
function sourceOf(node: OperationNode): Source | null {
  const inner = AliasNode.is(node) ? node.node : node;
  if (!TableNode.is(inner)) return null;
  const table = inner.table.identifier.name;
  const owners = ownersOf(table);
  if (!owners) return null;
  const alias = AliasNode.is(node) && "name" in node.alias ? String(node.alias.name) : table;
  return { alias, table, owners, named: false };
}

function ownersOf(table: string): Owners | null {
  return Object.hasOwn(OWNERS, table) ? OWNERS[table as keyof Schema] : null;
}

function collectEqualities(condition: OperationNode, only: Source | null, found: Equality[]): void {
  if (ParensNode.is(condition)) collectEqualities(condition.node, only, found);
  else if (AndNode.is(condition)) {
    collectEqualities(condition.left, only, found);
    collectEqualities(condition.right, only, found);
  } else if (BinaryOperationNode.is(condition)) {
    const { leftOperand, operator, rightOperand } = condition;
    if (OperatorNode.is(operator) && operator.operator === "=")
      found.push({ sides: [leftOperand, rightOperand], only });
  }
}

interface Scope {
  readonly own: readonly Source[];
  readonly outer: readonly Source[];
  readonly only: Source | null;
}

/** Narrows a table by an equality; returns whether it did, and the table was not narrowed before. */
function names({ sides: [left, right], only }: Equality, scope: Scope): boolean {
  return namesBy(left, right, only, scope) || namesBy(right, left, only, scope);
}

function namesBy(side: OperationNode, other: OperationNode, only: Source | null, scope: Scope): boolean {
  const owner = ownerAt(side, scope);
  if (!owner || owner.source.named) return false;
  if (only && only !== owner.source) return false;
  if (!ValueNode.is(other)) {
    const origin = ownerAt(other, scope);
    if (!origin?.source.named || origin.names !== owner.names) return false;
  }
  owner.source.named = true;
  return true;
}

/** The table whose firm a column names, and by what; null for any other column. */
function ownerAt(node: OperationNode, { own, outer, only }: Scope): { source: Source; names: Named } | null {
  if (!ReferenceNode.is(node) || !ColumnNode.is(node.column)) return null;
  const alias = node.table?.table.identifier.name;
  const isIt = (source: Source) => source.alias === alias;
  const source = alias === undefined ? only : (own.find(isIt) ?? outer.find(isIt));
  const column = node.column.column.name;
  const named = source && Object.hasOwn(source.owners, column) ? source.owners[column] : undefined;
  return source && named ? { source, names: named } : null;
}

/** No row is given to another firm. */
function checkChanges({ updates = [] }: Pick<UpdateQueryNode, "updates">, sources: readonly Source[]): void {
  for (const { column } of updates) {
    const name = ColumnNode.is(column) ? column.column.name : null;
    const given = sources.find(({ owners }) => name !== null && Object.hasOwn(owners, name));
    if (given) throw new TypeError(`${given.table}.${name} says whose a row is, and is never changed`);
  }
}

/** What takes the place of a row that is there meets a row of the same firm alone. */
function checkUpsert(query: InsertQueryNode): void {
  const table = query.into?.table.identifier.name ?? "";
  const owners = ownersOf(table);
  if (!owners) return;
  const { onConflict, onDuplicateKey, replace, orAction } = query;
  if (onDuplicateKey || replace || orAction) throw withoutFirm(table, owners);
  if (!onConflict?.updates) return;
  const columns = onConflict.columns?.map(({ column }) => column.name) ?? [];
  if (!columns.some((column) => Object.hasOwn(owners, column))) throw withoutFirm(table, owners);
  checkChanges(onConflict, [{ alias: table, table, owners, named: true }]);
}

/** What stands in raw SQL cannot be looked through: it may be a query. Kysely writes the order of rows that way. */
function checkRaw({ sqlFragments, parameters }: RawNode): void {
  const isSafe = sqlFragments.every((fragment) => /^\s*(?:asc|desc)?\s*$/.test(fragment));
  if (!isSafe || parameters.some(TableNode.is))
    throw new TypeError("raw SQL may ask any firm's rows: write it with Kysely, or go through acrossFirms");
}

/** Looks for the queries inside a query. */
function checkInside(node: object, scope: readonly Source[]): void {
  for (const value of Object.values(node)) {
    if (Array.isArray(value)) for (const each of value) checkPart(each, scope);
    else checkPart(value, scope);
  }
}

function checkPart(part: unknown, scope: readonly Source[]): void {
  if (typeof part !== "object" || part === null || !("kind" in part)) return;
  const node = part as OperationNode;
  switch (node.kind) {
    case "ValueNode":
    case "PrimitiveValueListNode":
    case "ReferenceNode":
    case "ColumnNode":
    case "TableNode":
    case "OperatorNode":
      return;
    case "SelectQueryNode":
    case "UpdateQueryNode":
    case "DeleteQueryNode":
    case "InsertQueryNode":
      checkQuery(node, scope);
      return;
    case "RawNode":
      checkRaw(node as RawNode);
  }
  checkInside(node, scope);
}

function withoutFirm(table: string, owners: Owners): TypeError {
  const columns = Object.keys(owners).map((column) => `${table}.${column}`);
  return new TypeError(
    `a query of "${table}" names no firm: narrow it by ${columns.join(" or ")}, or go through acrossFirms and say why`,
  );
}
