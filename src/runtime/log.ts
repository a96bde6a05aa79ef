import type { Writable } from "node:stream";
import { type LevelWithSilent, type Logger, pino } from "pino";

/** The size of the buffer, in addition to the 64 KiB that a pipe holds. */
const MAX_BUFFERED_BYTES = 1024 * 1024;

/**
 * Creates the service's log: one JSON object per line.
 *
 * A reader that stops reading (a container engine that hangs, a full disk behind it) must not stop the service, as a
 * blocking write would. Lines are buffered up to a limit, and dropped beyond it. When the reader has caught up, a line says
 * how many are missing (docs/reference/metrics-and-logs.md, "Process"). If the reader has closed the pipe,
 * the log is lost and the service continues.
 *
 * @param output default: standard output. When it is a pipe, Node writes to it at once and without blocking
 */
export function createLog(level: LevelWithSilent, output: Writable = process.stdout): Logger {
  let dropped = 0;
  const log = pino(
    { level, base: null },
    {
      write(line: string) {
        if (output.writableLength + line.length > MAX_BUFFERED_BYTES) dropped += 1;
        else output.write(line);
      },
    },
  );
  output.on("drain", () => {
    if (dropped === 0) return;
    const lines = dropped;
    dropped = 0;
    // An error, because with LOG_LEVEL=error the missing lines were errors.
    log.error({ lines }, "log lines dropped");
  });
  output.on("error", () => {});
  return log;
}
