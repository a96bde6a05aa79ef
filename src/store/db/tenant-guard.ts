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
import { type TenantColumns, type TenantKey, tenantColumnsOf } from "./tenant-columns.ts";

/**
 * Returns a database on which every query is limited to one firm (`docs/decisions/0005-tenant-guard.md`).
 *
 * Each select, update and delete on a table with firms' rows must filter by a tenant column, in the top-level AND of its
 * `where`, or join the table on that column to a table that is filtered. Subqueries must, too. Raw SQL, changing a tenant
 * column, and an upsert that could hit another firm's row are refused. Use `acrossFirms` for the few queries that concern
 * all firms.
 *
 * Queries are checked when they are compiled; those of `compileQuery` therefore once, at start.
 *
 * @throws TypeError from the query, before it reaches the database
 */
export function guardTenants(db: Kysely<Schema>): Kysely<Schema> {
  return db.withPlugin(TENANT_GUARD);
}

/**
 * Returns the database without the tenant guard. This is the only way around it.
 *
 * @param _reason not used at run time: tells the reader why the query may go without a firm
 * @example
 * const [row] = await acrossFirms(db, "a delivery identifies its firm only by the webhook's URL").selectFrom("webhooks")…
 */
export function acrossFirms(db: Kysely<Schema>, _reason: string): Kysely<Schema> {
  return db.withoutPlugins();
}

const TENANT_GUARD: KyselyPlugin = {
  transformQuery({ node }) {
    checkQuery(node, []);
    return node;
  },
  transformResult: async ({ result }) => result,
};

/** A table with firms' rows, as one query reads it. */
interface TenantTable {
  readonly alias: string;
  readonly table: string;
  readonly tenantColumns: TenantColumns;
  /** Whether the query limits its rows to one firm. */
  isFiltered: boolean;
}

/** An `=` that holds for every row the query returns. */
interface Equality {
  readonly operands: readonly [OperationNode, OperationNode];
  /** The one table it filters, or null for all: a left join returns every row of the other tables, whatever its `on` says. */
  readonly onlyFilters: TenantTable | null;
}

/** @param outer the tables of the enclosing queries, all of them filtered */
function checkQuery(query: OperationNode, outer: readonly TenantTable[]): void {
  switch (query.kind) {
    case "SelectQueryNode":
    case "UpdateQueryNode":
    case "DeleteQueryNode": {
      const tables = filteredTables(query as FilterableQuery, outer);
      if (query.kind === "UpdateQueryNode") checkUpdates(query as UpdateQueryNode, tables);
      checkChildren(query, [...tables, ...outer]);
      break;
    }
    case "InsertQueryNode":
      checkUpsert(query as InsertQueryNode);
      checkChildren(query, outer);
      break;
    case "RawNode":
      checkRawSql(query as RawNode);
      break;
    default:
      throw new TypeError(`the tenant guard doesn't support ${query.kind}: the store has no such query`);
  }
}

/** The parts of a select, update or delete that decide which rows it concerns. */
interface FilterableQuery extends OperationNode {
  readonly table?: OperationNode;
  readonly from?: { readonly froms: readonly OperationNode[] };
  readonly using?: { readonly tables: readonly OperationNode[] };
  readonly joins?: readonly JoinNode[];
  readonly where?: { readonly where: OperationNode };
}

/** The query's tables with firms' rows. Throws unless each of them is filtered. */
function filteredTables(query: FilterableQuery, outer: readonly TenantTable[]): TenantTable[] {
  const { table, from, using, joins = [], where } = query;
  const nodes = [...(table ? [table] : []), ...(from?.froms ?? []), ...(using?.tables ?? [])];
  const sources = nodes.map(tenantTable);
  const equalities: Equality[] = [];
  if (where) collectEqualities(where.where, null, equalities);
  for (const { joinType, table, on } of joins) {
    const joined = tenantTable(table);
    sources.push(joined);
    if (on && INNER_JOINS.has(joinType)) collectEqualities(on.on, null, equalities);
    if (on && joined && LEFT_JOINS.has(joinType)) collectEqualities(on.on, joined, equalities);
  }

  const own = sources.filter((source) => source !== null);
  const scope: Scope = { own, outer, unqualified: sources.length === 1 ? (sources[0] ?? null) : null };
  // Filtering one table can make a join filter the next, so repeat until nothing changes.
  while (equalities.some((equality) => applyEquality(equality, scope)));
  for (const { table, tenantColumns, isFiltered } of own)
    if (!isFiltered) throw notLimitedToOneFirm(table, tenantColumns);
  return own;
}

const INNER_JOINS: ReadonlySet<string> = new Set(["InnerJoin", "LateralInnerJoin"]);
const LEFT_JOINS: ReadonlySet<string> = new Set(["LeftJoin", "LateralLeftJoin"]);

/** Null for a table without firms' rows, and for a subquery, which is checked on its own. */
function tenantTable(node: OperationNode): TenantTable | null {
  const inner = AliasNode.is(node) ? node.node : node;
  if (!TableNode.is(inner)) return null;
  const table = inner.table.identifier.name;
  const tenantColumns = tenantColumnsOf(table);
  if (!tenantColumns) return null;
  const alias = AliasNode.is(node) && "name" in node.alias ? String(node.alias.name) : table;
  return { alias, table, tenantColumns, isFiltered: false };
}

function collectEqualities(
  condition: OperationNode,
  onlyFilters: TenantTable | null,
  collected: Equality[],
): void {
  if (ParensNode.is(condition)) collectEqualities(condition.node, onlyFilters, collected);
  else if (AndNode.is(condition)) {
    collectEqualities(condition.left, onlyFilters, collected);
    collectEqualities(condition.right, onlyFilters, collected);
  } else if (BinaryOperationNode.is(condition)) {
    const { leftOperand, operator, rightOperand } = condition;
    if (OperatorNode.is(operator) && operator.operator === "=")
      collected.push({ operands: [leftOperand, rightOperand], onlyFilters });
  }
}

interface Scope {
  readonly own: readonly TenantTable[];
  readonly outer: readonly TenantTable[];
  /** The table that a column without a table name belongs to; null if that is ambiguous. */
  readonly unqualified: TenantTable | null;
}

/** @returns whether the equality filters a table that wasn't filtered before */
function applyEquality({ operands: [left, right], onlyFilters }: Equality, scope: Scope): boolean {
  return filterBy(left, right, onlyFilters, scope) || filterBy(right, left, onlyFilters, scope);
}

function filterBy(
  operand: OperationNode,
  other: OperationNode,
  onlyFilters: TenantTable | null,
  scope: Scope,
): boolean {
  const column = tenantColumn(operand, scope);
  if (!column || column.table.isFiltered) return false;
  if (onlyFilters && onlyFilters !== column.table) return false;
  if (!ValueNode.is(other)) {
    const otherColumn = tenantColumn(other, scope);
    if (!otherColumn?.table.isFiltered || otherColumn.key !== column.key) return false;
  }
  column.table.isFiltered = true;
  return true;
}

function tenantColumn(
  node: OperationNode,
  { own, outer, unqualified }: Scope,
): { table: TenantTable; key: TenantKey } | null {
  if (!ReferenceNode.is(node) || !ColumnNode.is(node.column)) return null;
  const alias = node.table?.table.identifier.name;
  const hasAlias = (candidate: TenantTable) => candidate.alias === alias;
  const table = alias === undefined ? unqualified : (own.find(hasAlias) ?? outer.find(hasAlias));
  const name = node.column.column.name;
  const key = table && Object.hasOwn(table.tenantColumns, name) ? table.tenantColumns[name] : undefined;
  return table && key ? { table, key } : null;
}

function checkUpdates(
  { updates = [] }: Pick<UpdateQueryNode, "updates">,
  tables: readonly TenantTable[],
): void {
  for (const { column } of updates) {
    const name = ColumnNode.is(column) ? column.column.name : null;
    const changed = tables.find(({ tenantColumns }) => name !== null && Object.hasOwn(tenantColumns, name));
    if (changed)
      throw new TypeError(`${changed.table}.${name} identifies the firm of a row and can't be changed`);
  }
}

/** An upsert may only overwrite a row of the same firm, so its conflict columns must include a tenant column. */
function checkUpsert(query: InsertQueryNode): void {
  const table = query.into?.table.identifier.name ?? "";
  const tenantColumns = tenantColumnsOf(table);
  if (!tenantColumns) return;
  const { onConflict, onDuplicateKey, replace, orAction } = query;
  if (onDuplicateKey || replace || orAction) throw notLimitedToOneFirm(table, tenantColumns);
  if (!onConflict?.updates) return;
  const columns = onConflict.columns?.map(({ column }) => column.name) ?? [];
  if (!columns.some((column) => Object.hasOwn(tenantColumns, column)))
    throw notLimitedToOneFirm(table, tenantColumns);
  checkUpdates(onConflict, [{ alias: table, table, tenantColumns, isFiltered: true }]);
}

/** Raw SQL could contain a query, so only `asc` and `desc` pass: Kysely itself writes those as raw SQL. */
function checkRawSql({ sqlFragments, parameters }: RawNode): void {
  const isSortOrder = sqlFragments.every((fragment) => /^\s*(?:asc|desc)?\s*$/.test(fragment));
  if (!isSortOrder || parameters.some(TableNode.is))
    throw new TypeError("raw SQL could reach any firm's rows: use Kysely's methods, or acrossFirms");
}

/** Checks every query inside a query. */
function checkChildren(node: object, scope: readonly TenantTable[]): void {
  for (const value of Object.values(node)) {
    if (Array.isArray(value)) for (const item of value) checkChild(item, scope);
    else checkChild(value, scope);
  }
}

function checkChild(child: unknown, scope: readonly TenantTable[]): void {
  if (typeof child !== "object" || child === null || !("kind" in child)) return;
  const node = child as OperationNode;
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
      checkRawSql(node as RawNode);
  }
  checkChildren(node, scope);
}

function notLimitedToOneFirm(table: string, tenantColumns: TenantColumns): TypeError {
  const columns = Object.keys(tenantColumns).map((column) => `${table}.${column}`);
  return new TypeError(
    `a query on "${table}" isn't limited to one firm: filter by ${columns.join(" or ")}, or use acrossFirms and give the reason`,
  );
}
