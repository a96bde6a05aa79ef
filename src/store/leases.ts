import type { Kysely } from "kysely";
import type { Schema } from "./schema.ts";

/** Who may do what only one process at a time should do. */
export interface Leases {
  /**
   * Takes a lease, or keeps it for longer when it is the holder's already.
   *
   * @param milliseconds for how long; whoever dies with it loses it then
   * @returns false while somebody else has it
   */
  take(name: string, holder: string, milliseconds: number): Promise<boolean>;
  /** Gives it back. Does nothing when somebody else has it. */
  release(name: string, holder: string): Promise<void>;
}

/** @param now milliseconds since 1970 */
export function createLeases(db: Kysely<Schema>, now: () => number): Leases {
  return {
    async take(name, holder, milliseconds) {
      const until = now() + milliseconds;
      const taken = await db
        .insertInto("leases")
        .values({ name, holder, until })
        .onConflict((conflict) =>
          conflict
            .column("name")
            .doUpdateSet({ holder, until })
            .where(({ or, eb }) => or([eb("leases.holder", "=", holder), eb("leases.until", "<=", now())])),
        )
        .returning("name")
        .executeTakeFirst();
      return taken !== undefined;
    },

    async release(name, holder) {
      await db.deleteFrom("leases").where("name", "=", name).where("holder", "=", holder).execute();
    },
  };
}
