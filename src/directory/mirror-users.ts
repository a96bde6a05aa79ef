import { LRUCache } from "lru-cache";
import type { StaffMember } from "../calls/matter.ts";
import type { MirrorRecords } from "../store/repositories/mirror-records.ts";
import type { MirrorSummary } from "../store/repositories/mirrors.ts";

const MAX_FIRMS = 500;

/** The users of the mirrors, opened: the same few stand on all matters of a firm. */
export class MirrorUsers {
  readonly #records: MirrorRecords;
  readonly #opened = new LRUCache<number, { revision: number; users: ReadonlyMap<number, StaffMember> }>({
    max: MAX_FIRMS,
  });

  constructor(records: MirrorRecords) {
    this.#records = records;
  }

  /** The users of a mirror, by id. Throws `SealError`. */
  async of({ id, usersRevision: revision }: MirrorSummary): Promise<ReadonlyMap<number, StaffMember>> {
    const known = this.#opened.get(id);
    if (known?.revision === revision) return known.users;
    const users = await this.#records.users(id);
    this.#opened.set(id, { revision, users });
    return users;
  }
}
