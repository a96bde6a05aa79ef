/** A command that is not carried out, or not to its end. The message is for the person at the terminal. */
export class CommandRefused extends Error {
  override readonly name = "CommandRefused";
  /** 1 when something stood in the way, 2 when the command was not put as it should be, 130 when it was interrupted. */
  readonly exitCode: 1 | 2 | 130;

  constructor(message: string, exitCode: 1 | 2 | 130) {
    super(message);
    this.exitCode = exitCode;
  }
}
