/** How long open handles may keep the process alive. */
const EXIT_TIMEOUT_MS = 1_000;

/**
 * Ends the process with `code` as soon as the event loop is empty. Start nothing after calling it.
 *
 * `process.exit` can hang: it joins V8's compiler threads, and one that waits for the main thread to collect garbage waits
 * forever (https://github.com/nodejs/node/issues/54918, docs/decisions/0011-exit-when-idle.md).
 */
export function exitWhenIdle(code: number): void {
  process.exitCode = code;
  setTimeout(() => process.exit(), EXIT_TIMEOUT_MS).unref();
}
