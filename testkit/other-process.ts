import { onTestFinished } from "vitest";
import { createSealer } from "../src/store/encryption/sealing.ts";
import { openStore, type Store } from "../src/store/store.ts";
import type { RunningService } from "./service.ts";

/** Opens the store of a test's service a second time, like another process. It is closed after the test. */
export async function storeOfOtherProcess({ settings }: RunningService): Promise<Store> {
  const store = await openStore(settings.databaseUrl, createSealer(settings.secretKeys));
  onTestFinished(() => store.close());
  return store;
}
