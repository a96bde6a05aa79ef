import type { FirmRecords } from "./firm-records.ts";
import { Viewer } from "./viewer.ts";

/** Finds viewers by user ID across all firms of the sandbox. */
export class ViewerLookup {
  readonly #firms: readonly FirmRecords[];

  /** Throws when two users have the same ID. */
  constructor(firms: readonly FirmRecords[]) {
    this.#firms = firms;
    const ids = new Set<number>();
    for (const { user } of this.all()) {
      if (ids.has(user.id)) throw new Error(`two users have the id ${user.id}`);
      ids.add(user.id);
    }
  }

  get(userId: number): Viewer | undefined {
    for (const records of this.#firms) {
      const user = records.users.get(userId);
      if (user) return new Viewer(user, records);
    }
  }

  all(): Viewer[] {
    return this.#firms.flatMap((records) => records.users.items.map((user) => new Viewer(user, records)));
  }
}
