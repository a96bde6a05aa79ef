/** How long what is still open may hold up the end (milliseconds). */
const EXIT_TIMEOUT_MS = 2_000;

/**
 * Ends the process with `code` as soon as nothing is under way any more; whoever calls it starts nothing after.
 *
 * `process.exit` joins the threads that compile for V8 at once, and a thread that waits for the main one to collect garbage
 * never ends: one start in a hundred with a small heap on a busy machine hung there for good
 * (https://github.com/nodejs/node/issues/54918). When the event loop runs out instead, what they wait for is done.
 */
export function exitWhenIdle(code: number): void {
  process.exitCode = code;
  setTimeout(() => process.exit(), EXIT_TIMEOUT_MS).unref();
}
