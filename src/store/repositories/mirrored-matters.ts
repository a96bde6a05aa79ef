import type { Kysely } from "kysely";
import type { Matter } from "../../calls/matter.ts";
import type { Schema } from "../db/schema.ts";
import type { MirrorKeys } from "./mirror-keys.ts";
import { decryptRecord } from "./mirror-record-encryption.ts";

/** A matter of a mirror by its ID and by the keyed hash of its content, which changes whenever the content does. */
export interface MatterDigest {
  readonly id: number;
  readonly digest: string;
}

/** All matters of a mirror, for readers that keep what they need of them and decrypt only what has changed since. */
export interface MirroredMatters {
  /**
   * A page of digests, by ID.
   *
   * @param after only matters with a higher ID
   */
  digests(mirrorId: number, after: number, limit: number): Promise<MatterDigest[]>;
  /**
   * Decrypts matters. Those that the mirror doesn't have are left out.
   *
   * @param ids at most a few hundred, because the database and decrypting block the process
   * @throws SealError if one can't be decrypted
   */
  byId(mirrorId: number, ids: readonly number[]): Promise<Matter[]>;
}

export function createMirroredMatters(db: Kysely<Schema>, keys: MirrorKeys): MirroredMatters {
  return {
    digests(mirrorId, after, limit) {
      return db
        .selectFrom("mirror_records")
        .select(["id", "digest"])
        .where("mirror_id", "=", mirrorId)
        .where("kind", "=", "matter")
        .where("id", ">", after)
        .orderBy("id")
        .limit(limit)
        .execute();
    },

    async byId(mirrorId, ids) {
      if (ids.length === 0) return [];
      const cipher = await keys.cipherFor(mirrorId);
      const rows = await db
        .selectFrom("mirror_records")
        .select(["id", "client_id", "sealed"])
        .where("mirror_id", "=", mirrorId)
        .where("kind", "=", "matter")
        .where("id", "in", [...ids])
        .execute();
      return rows.map((row) => decryptRecord("matter", row, cipher));
    },
  };
}
