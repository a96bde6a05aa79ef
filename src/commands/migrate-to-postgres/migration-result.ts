import type { TableName } from "./tables.ts";
import type { DecryptionCount } from "./verify-copy.ts";

/** What was copied of a table. */
export interface MigratedTable {
  readonly table: TableName;
  readonly rows: number;
  readonly seconds: number;
}

export interface MigrationResult {
  /** From the first look at the source to the check of the last record. */
  readonly seconds: number;
  readonly tables: readonly MigratedTable[];
  readonly openings: readonly DecryptionCount[];
  /** What the target alone had, in words, by firm; it is no more. */
  readonly replaced: ReadonlyMap<string, readonly string[]>;
}
