import { open } from "node:fs/promises";

/**
 * Waits for the disk after transactions that didn't (`unsyncedTransaction`). Unlike SQLite's own wait, this one is in another
 * thread, so calls are answered meanwhile. Transactions that are committed during a wait share the next one
 * (`docs/decisions/0028-wait-for-the-disk-in-another-thread.md`).
 */
export class WalSync {
  readonly #wal: string;
  readonly #syncFile: (path: string) => Promise<void>;
  #running: Promise<void> = Promise.resolve();
  #next: Promise<void> | null = null;

  /** @param database the path of the database file */
  constructor(database: string, syncFile = syncToDisk) {
    this.#wal = `${database}-wal`;
    this.#syncFile = syncFile;
  }

  /** Resolves once everything that was committed before the call is on the disk. Throws the error of the file system. */
  wait(): Promise<void> {
    this.#next ??= this.#running
      .catch(() => {})
      .then(() => {
        this.#running = this.#syncFile(this.#wal);
        this.#next = null;
        return this.#running;
      });
    return this.#next;
  }
}

async function syncToDisk(path: string): Promise<void> {
  // Closing the database file itself would release SQLite's locks, but there are none on the WAL.
  const file = await open(path, "r+");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
