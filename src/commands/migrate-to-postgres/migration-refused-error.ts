/** A move that is not made, or was taken back. The message tells the operator why, in whole sentences. */
export class MigrationRefusedError extends Error {
  override readonly name = "MigrationRefusedError";
  readonly code = "move_refused";
}
