import { createSealer } from "../../src/store/encryption/sealing.ts";
import { openStore, type Store } from "../../src/store/store.ts";
import type { RunningService } from "../../testkit/service.ts";

/** Reads or changes what a service has stored for its first firm, once it is closed. */
export async function inStore<T>(
  service: RunningService,
  read: (store: Store, firmId: string) => Promise<T>,
  now: () => number = Date.now,
): Promise<T> {
  const { databaseUrl, secretKeys } = service.settings;
  const store = await openStore(databaseUrl, createSealer(secretKeys), now);
  try {
    const [firm] = await store.firms.list();
    return await read(store, firm?.id ?? "");
  } finally {
    await store.close();
  }
}
