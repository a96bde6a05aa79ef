import { LRUCache } from "lru-cache";
import { type CountryCode, formatPhoneNumber } from "../calls/matching/phone-number.ts";
import type { StaffMember } from "../calls/matter.ts";
import type { MirrorSummary } from "../store/repositories/mirror.ts";
import type { MirrorRecords } from "../store/repositories/mirror-records.ts";

/** Of all firms together. A user takes about 300 bytes. */
const MAX_USERS = 50_000;

/**
 * Caches the users of each mirror, decrypted and with their numbers read, because the same few people are on all matters of a
 * firm.
 */
export class MirrorUsers {
  readonly #records: MirrorRecords;
  readonly #cache = new LRUCache<number, { revision: number; users: ReadonlyMap<number, StaffMember> }>({
    maxSize: MAX_USERS,
    // A firm without users takes space as well.
    sizeCalculation: ({ users }) => users.size + 1,
  });

  readonly #country: CountryCode;

  /** @param country for numbers typed without a country code */
  constructor(records: MirrorRecords, country: CountryCode) {
    this.#records = records;
    this.#country = country;
  }

  /** Returns the users of a mirror, by ID. Throws `SealError`. */
  async of({ id, usersRevision: revision }: MirrorSummary): Promise<ReadonlyMap<number, StaffMember>> {
    const cached = this.#cache.get(id);
    if (cached?.revision === revision) return cached.users;
    const users = new Map(
      Array.from(await this.#records.users(id), ([id, user]) => [id, this.#withFormattedNumber(user)]),
    );
    this.#cache.set(id, { revision, users });
    return users;
  }

  #withFormattedNumber(user: StaffMember): StaffMember {
    return { ...user, formattedNumber: formatPhoneNumber(user.phoneNumber, this.#country) };
  }
}
