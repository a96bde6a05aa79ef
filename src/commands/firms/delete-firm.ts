import { randomUUID } from "node:crypto";
import { setImmediate as otherWork, setTimeout as pause } from "node:timers/promises";
import { mirrorLeaseName } from "../../mirror/mirror-scheduler.ts";
import type { Store } from "../../store/store.ts";

const LEASE = 30_000;
const LEASE_TRIED_EVERY = 250;
const ROWS_SWEPT_AT_ONCE = 500;

/**
 * Shuts a firm out, and deletes everything that belongs to it: connections, keys, webhooks, and its mirror with all its
 * rows. From its first moment nobody is answered for the firm; when it resolves, nothing of it is left. Clio is not told.
 */
export async function deleteFirm({ firms, leases, mirrors }: Store, firmId: string): Promise<void> {
  await firms.remove(firmId);
  // The service may be in the midst of reading the firm. It leaves off at the next page; until then it could begin a
  // mirror, or hold the lease.
  const lease = mirrorLeaseName(firmId);
  const holder = randomUUID();
  while (!(await leases.take(lease, holder, LEASE))) await pause(LEASE_TRIED_EVERY);
  await mirrors.discardOrphans();
  // The database answers without a pause of its own: Ctrl+C has to be let in between.
  while (await mirrors.sweep(ROWS_SWEPT_AT_ONCE)) await otherWork();
  await leases.release(lease, holder);
}
