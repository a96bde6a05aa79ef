import { LRUCache } from "lru-cache";
import type { StaffMember } from "../calls/matter.ts";
import type { MirrorSummary } from "../store/repositories/mirror.ts";
import type { MirrorRecords } from "../store/repositories/mirror-records.ts";

/** Of all firms together. A user takes about 300 bytes. */
const MAX_USERS = 50_000;

/** Caches the decrypted users of each mirror, because the same few people are on all matters of a firm. */
export class MirrorUsers {
  readonly #records: MirrorRecords;
  readonly #cache = new LRUCache<number, { revision: number; users: ReadonlyMap<number, StaffMember> }>({
    maxSize: MAX_USERS,
    // A firm without users takes space as well.
    sizeCalculation: ({ users }) => users.size + 1,
  });

  constructor(records: MirrorRecords) {
    this.#records = records;
  }

  /** Returns the users of a mirror, by ID. Throws `SealError`. */
  async of({ id, usersRevision: revision }: MirrorSummary): Promise<ReadonlyMap<number, StaffMember>> {
    const cached = this.#cache.get(id);
    if (cached?.revision === revision) return cached.users;
    const users = await this.#records.users(id);
    this.#cache.set(id, { revision, users });
    return users;
  }
}
