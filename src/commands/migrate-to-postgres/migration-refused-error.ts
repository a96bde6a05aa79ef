/** The migration can't be done, or was rolled back. The message tells the operator why, in whole sentences. */
export class MigrationRefusedError extends Error {
  override readonly name = "MigrationRefusedError";
  readonly code = "migration_refused";
}
