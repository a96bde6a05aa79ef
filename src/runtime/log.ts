import type { Writable } from "node:stream";
import { type LevelWithSilent, type Logger, pino } from "pino";

/** The size of the buffer, in addition to the 64 KiB that a pipe holds. */
const MAX_BUFFERED_BYTES = 1024 * 1024;

/** Lines are written together, because a system call for each would cost more than the line itself. */
const MAX_BATCH_BYTES = 16 * 1024;
/** How long a line may wait for others. `SIGKILL` can lose the lines of this time (docs/reference/metrics-and-logs.md, "Logs"). */
const BATCH_INTERVAL_MS = 100;

/**
 * Creates the service's log: one JSON object per line. Lines that wait for others are written by `flush` and when the process
 * exits, also because of an error.
 *
 * A reader that stops reading (a container engine that hangs, a full disk behind it) must not stop the service, as a
 * blocking write would. Lines are buffered up to a limit, and dropped beyond it. When the reader has caught up, a line says
 * how many are missing (docs/reference/metrics-and-logs.md, "Process"). If the reader has closed the pipe,
 * the log is lost and the service continues.
 *
 * @param output default: standard output. When it is a pipe, Node writes to it at once and without blocking
 */
export function createLog(level: LevelWithSilent, output: Writable = process.stdout): Logger {
  let batch = "";
  let timer: NodeJS.Timeout | undefined;
  let dropped = 0;

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    if (batch !== "") output.write(batch);
    batch = "";
  }

  const destination = {
    write(line: string) {
      if (output.writableLength + batch.length + line.length > MAX_BUFFERED_BYTES) {
        dropped += 1;
        return;
      }
      batch += line;
      if (batch.length >= MAX_BATCH_BYTES) flush();
      // Not unreferenced: a process that has nothing else to do still has to write its last lines.
      else timer ??= setTimeout(flush, BATCH_INTERVAL_MS);
    },
    flush(done: () => void) {
      flush();
      done();
    },
  };
  const log = pino({ level, base: null }, destination);
  process.once("exit", flush);
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
