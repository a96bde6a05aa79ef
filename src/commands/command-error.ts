/** A command that stops without doing its work, or before its end. The message is for the person at the terminal. */
export class CommandError extends Error {
  override readonly name: string = "CommandError";
  readonly exitCode: number;

  /** @param exitCode 1 when something is in the way, 2 for a usage error, 130 when interrupted */
  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** The command was called with arguments it does not take. */
export class UsageError extends CommandError {
  override readonly name = "UsageError";

  constructor(message: string) {
    super(message, 2);
  }
}
