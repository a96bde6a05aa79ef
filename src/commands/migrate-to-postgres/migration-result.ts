import type { TableName } from "./tables.ts";
import type { DecryptionCount } from "./verify-copy.ts";

export interface MigratedTable {
  readonly table: TableName;
  readonly rows: number;
  readonly seconds: number;
}

export interface MigrationResult {
  /** From the first read of the source to the end of the verification. */
  readonly seconds: number;
  readonly tables: readonly MigratedTable[];
  readonly decryptionCounts: readonly DecryptionCount[];
  /** The data that only the target had, by firm ID. It was overwritten. */
  readonly replaced: ReadonlyMap<string, readonly string[]>;
}
