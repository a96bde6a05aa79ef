/**
 * Settles as `work` does, or as `onTimeout` does once the time is up. The work itself goes on.
 *
 * @param timeoutMs milliseconds from now
 * @param onTimeout returns the value to settle with instead, or throws
 */
export async function withTimeout<T>(work: Promise<T>, timeoutMs: number, onTimeout: () => T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timedOut = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  }).then(onTimeout);
  return Promise.race([work, timedOut]).finally(() => clearTimeout(timer));
}
