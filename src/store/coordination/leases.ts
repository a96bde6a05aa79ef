import type { Kysely } from "kysely";
import type { Schema } from "../db/schema.ts";

/** What somebody holds, and for how long it is theirs after each sign of life (milliseconds). */
export interface Lease {
  readonly name: string;
  readonly holder: string;
  readonly durationMs: number;
}

/** Somebody else took the lease over meanwhile: what was to be written under it is not. */
export class LeaseLostError extends Error {
  override readonly name = "LeaseLostError";
  readonly code = "lease_lost";

  constructor({ name }: Lease) {
    super(`the lease "${name}" was taken over`);
  }
}

/** Who may do what only one process at a time should do. */
export interface Leases {
  /**
   * Takes a lease, or keeps it for longer when it is the holder's already.
   *
   * @param milliseconds for how long; whoever dies with it loses it then
   * @returns false while somebody else has it
   */
  take(name: string, holder: string, milliseconds: number): Promise<boolean>;
  /** Keeps a lease for longer, as a sign of life. Throws `LeaseLost`, and takes nothing, once it is not the holder's any more. */
  renew(lease: Lease): Promise<void>;
  /** Gives it back. Does nothing when somebody else has it. */
  release(name: string, holder: string): Promise<void>;
}

/**
 * Writes under a lease, and renews it by that: whoever slept through theirs, and was replaced, writes nothing any more.
 * Without one it just writes.
 * @param write is run in a transaction that holds the lease's row
 * @throws LeaseLost when somebody else has the lease, or nobody has
 */
export function withLease<T>(
  db: Kysely<Schema>,
  lease: Lease | undefined,
  now: () => number,
  write: (db: Kysely<Schema>) => Promise<T>,
): Promise<T> {
  if (!lease) return write(db);
  return db.transaction().execute(async (trx) => {
    await renewLease(trx, lease, now);
    return write(trx);
  });
}

/** Renews a lease; within a transaction, others wait for its end before they take it. Throws `LeaseLost`. */
export async function renewLease(
  db: Kysely<Schema>,
  lease: Lease | undefined,
  now: () => number,
): Promise<void> {
  if (!lease) return;
  const { name, holder, durationMs } = lease;
  const held = await db
    .updateTable("leases")
    .set({ until: now() + durationMs })
    .where("name", "=", name)
    .where("holder", "=", holder)
    .returning("name")
    .executeTakeFirst();
  if (!held) throw new LeaseLostError(lease);
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

    renew: (lease) => renewLease(db, lease, now),

    async release(name, holder) {
      await db.deleteFrom("leases").where("name", "=", name).where("holder", "=", holder).execute();
    },
  };
}
