/**
 * Settles as `work` does, or as `onTimeout` does after the timeout. The work itself goes on.
 *
 * @param onTimeout returns the value to resolve with instead, or throws the reason to reject with
 */
export async function withTimeout<T>(work: Promise<T>, timeoutMs: number, onTimeout: () => T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timedOut = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  }).then(onTimeout);
  return Promise.race([work, timedOut]).finally(() => clearTimeout(timer));
}
