/** A command can't do its work. The message is for the person at the terminal. */
export class CommandError extends Error {
  override readonly name: string = "CommandError";
  readonly exitCode: number;

  /** @param exitCode 1 when the command failed, 2 for a usage error, 130 when it was interrupted */
  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** The command doesn't take these arguments. `runCommand` prints the usage below the message. */
export class UsageError extends CommandError {
  override readonly name = "UsageError";

  constructor(message: string) {
    super(message, 2);
  }
}

/** A signal or Ctrl+C stopped the command. The message says what that leaves behind. */
export class InterruptedError extends CommandError {
  override readonly name = "InterruptedError";

  constructor(message = "Stopped.") {
    super(message, 130);
  }
}
