/** A move that is not made, or was taken back. The message tells the operator why, in whole sentences. */
export class MoveRefused extends Error {
  override readonly name = "MoveRefused";
  readonly code = "move_refused";
}
