import { randomUUID } from "node:crypto";
import { setTimeout as delay, setImmediate as yieldToEventLoop } from "node:timers/promises";
import { mirrorLeaseName } from "../../mirror/mirror-scheduler.ts";
import type { Store } from "../../store/store.ts";

const LEASE_DURATION_MS = 30_000;
const LEASE_RETRY_INTERVAL_MS = 250;
const SWEEP_BATCH_ROWS = 500;
const MAX_ERASURE_ATTEMPTS = 20;
const ERASURE_RETRY_INTERVAL_MS = 250;

/**
 * Deletes a firm and everything that belongs to it: calls, connections, keys, webhooks, and its mirror with all its
 * rows. Once the calls are deleted, the firm's requests are refused; when the promise resolves, no row of the firm is left. Clio isn't
 * contacted.
 *
 * @returns whether the database's files, too, contain nothing more that could be decrypted (`Erasure`). False if another
 *   process, such as a backup, prevented that; the running service then does it.
 * @param signal stops the deletion with an `AbortError` or its reason. Unless calls were still being deleted, the firm
 *   itself is already removed then, and the running service deletes the rest.
 */
export async function deleteFirm(
  { firms, leases, mirrors, calls, erasure }: Store,
  firmId: string,
  signal?: AbortSignal,
): Promise<boolean> {
  // Deleting all of them together with the firm would keep the service from writing for seconds.
  while (await calls.deleteByFirm(firmId, SWEEP_BATCH_ROWS)) {
    await yieldToEventLoop();
    signal?.throwIfAborted();
  }
  await firms.remove(firmId);
  // The service may be syncing the firm. It stops at the next page; until then it could create a mirror, or hold the lease.
  const lease = mirrorLeaseName(firmId);
  const holder = randomUUID();
  while (!(await leases.acquire(lease, holder, LEASE_DURATION_MS)))
    await delay(LEASE_RETRY_INTERVAL_MS, undefined, { signal });
  try {
    await mirrors.discardOrphans();
    while (await mirrors.sweep(SWEEP_BATCH_ROWS)) {
      // SQLite runs synchronously, so signals are handled only between batches.
      await yieldToEventLoop();
      signal?.throwIfAborted();
    }
  } finally {
    await leases.release(lease, holder);
  }
  for (let attempt = 1; attempt <= MAX_ERASURE_ATTEMPTS; attempt += 1) {
    if (await erasure.finish()) return true;
    await delay(ERASURE_RETRY_INTERVAL_MS, undefined, { signal });
  }
  return false;
}
