import { randomInt } from "node:crypto";
import { type Kysely, sql } from "kysely";
import { LRUCache } from "lru-cache";
import type { ConnectionRow, Schema } from "../db/schema.ts";
import { acrossFirms } from "../db/tenant-guard.ts";
import { SealError } from "../encryption/seal-error.ts";
import type { Sealer } from "../encryption/sealing.ts";

/** What Clio gave for a user: the way in. Times are milliseconds since 1970, on our clock. */
export interface StoredToken {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly obtainedAt: number;
  readonly expiresAt: number;
}

/** A Clio user who gave this service access to their firm's Clio. */
export interface Connection {
  readonly firmId: string;
  /** Clio's user id. */
  readonly userId: number;
  readonly userName: string | null;
  readonly userEmail: string | null;
  /** `revoked` once Clio has refused the refresh token for good: the user has to connect again. */
  readonly state: "connected" | "revoked";
  /** When the user first connected; a later connect keeps it. Milliseconds since 1970. */
  readonly connectedAt: number;
  readonly token: StoredToken;
  /** Tells apart what the token came from: another number after each connect, the same after a refresh. */
  readonly generation: number;
}

/** A connection whose seal no configured key opens: its key was taken out of `SECRET_KEY`. */
export interface UnreadableConnection {
  readonly firmId: string;
  readonly userId: number;
  readonly userName: null;
  readonly userEmail: null;
  readonly state: "unreadable";
  readonly connectedAt: number;
  readonly token: null;
  readonly generation: number;
}

/**
 * The connections: one for each user of a firm, the preferred one first, then in the order in which they first connected. User, e-mail and
 * token are sealed.
 */
export interface Connections {
  /**
   * Connects a user, or connects them anew, whatever was there: the place in the firm's order stays, the
   * generation is new. On the disk once it resolves. Throws when the firm is not admitted.
   */
  save(
    connection: Pick<Connection, "firmId" | "userId" | "userName" | "userEmail" | "token">,
  ): Promise<Connection>;
  /**
   * Puts a refreshed token in the place of the one it came from. On the disk once it resolves.
   *
   * @param generation of the connection that was refreshed
   * @returns false, and leaves everything as it is, when the user has connected anew meanwhile, is revoked or
   *   gone
   */
  saveToken(firmId: string, userId: number, token: StoredToken, generation: number): Promise<boolean>;
  /** All connections of a firm, in order, the revoked and the unreadable among them. */
  ofFirm(firmId: string): Promise<(Connection | UnreadableConnection)[]>;
  /**
   * The connection that Clio is asked through: the one that the firm prefers, while it is connected and readable, else
   * the first that is; or null.
   */
  lookupAccount(firmId: string): Promise<Connection | null>;
  /** Makes a user the one whom the firm prefers to answer lookups, and nobody else. Nobody when they never connected. */
  setLookupAccount(firmId: string, userId: number): Promise<void>;
  /**
   * The connected and readable connection of a Clio user, whatever the firm: user ids are unique within a region, and
   * a click in Clio says nothing but the user (contract, `GET /clio-action`). Null when there is none.
   */
  ofUser(userId: number): Promise<Connection | null>;
  /** The connection of one user, or null when they never connected. */
  find(firmId: string, userId: number): Promise<Connection | UnreadableConnection | null>;
  /**
   * Marks a connection revoked.
   *
   * @param generation of the connection that Clio refused
   * @returns false, and leaves everything as it is, when the user has connected anew meanwhile, is revoked
   *   already or gone
   */
  revoke(firmId: string, userId: number, generation: number): Promise<boolean>;
  /** Forgets a user and their token. Does nothing when they never connected. */
  remove(firmId: string, userId: number): Promise<void>;
  /**
   * How many connections are in each state, over all firms. An unreadable one counts as what it was when it
   * was last written: telling would take opening every one of them.
   */
  countByState(): Promise<Record<Connection["state"], number>>;
  /**
   * How many connections each firm has in each state; a firm without any is not among them. Told by the names of the
   * keys, without opening one: a seal that has been damaged counts as what it was.
   */
  countByFirm(): Promise<ReadonlyMap<string, ConnectionCounts>>;
}

/** So many connections of a firm, by state. */
export type ConnectionCounts = Readonly<Record<(Connection | UnreadableConnection)["state"], number>>;

/** What the seal covers. */
type Sealed = Pick<Connection, "userName" | "userEmail" | "token">;

/** @param now milliseconds since 1970 */
export function createConnections(db: Kysely<Schema>, sealer: Sealer, now: () => number): Connections {
  const inOrder = db
    .selectFrom("connections")
    .selectAll()
    .orderBy("preferred", "desc")
    .orderBy("connected_at")
    .orderBy("user_id");

  /** Opening a seal is the dearest step of a lookup, and the same connection answers one call after another. */
  const recentlyOpened = new LRUCache<string, { context: string; sealed: Sealed }>({ max: 500 });

  function seal(firmId: string, userId: number, { userName, userEmail, token }: Sealed): Promise<string> {
    return sealer.seal({ userName, userEmail, token } satisfies Sealed, sealContext(firmId, userId));
  }

  async function opened(row: ConnectionRow): Promise<Connection | UnreadableConnection> {
    const common = {
      firmId: row.firm_id,
      userId: row.user_id,
      connectedAt: row.connected_at,
      generation: row.generation,
    };
    const known = recentlyOpened.get(row.sealed);
    if (known?.context === sealContext(row.firm_id, row.user_id))
      return { ...common, ...known.sealed, state: row.state };
    try {
      // Only this file writes what stands under this context, and the seal vouches for that.
      const sealed = (await sealer.open(row.sealed, sealContext(row.firm_id, row.user_id))) as Sealed;
      recentlyOpened.set(row.sealed, { context: sealContext(row.firm_id, row.user_id), sealed });
      return { ...common, ...sealed, state: row.state };
    } catch (error) {
      if (!(error instanceof SealError)) throw error;
      return { ...common, userName: null, userEmail: null, token: null, state: "unreadable" };
    }
  }

  async function find(firmId: string, userId: number) {
    const row = await db
      .selectFrom("connections")
      .selectAll()
      .where("firm_id", "=", firmId)
      .where("user_id", "=", userId)
      .executeTakeFirst();
    return row ? opened(row) : null;
  }

  /** Changes a connection while it is still the connected one of that generation. */
  async function update(
    firmId: string,
    userId: number,
    generation: number,
    change: Partial<Pick<ConnectionRow, "state" | "sealed" | "kid">>,
  ): Promise<boolean> {
    const row = await db
      .updateTable("connections")
      .set(change)
      .where("firm_id", "=", firmId)
      .where("user_id", "=", userId)
      .where("generation", "=", generation)
      .where("state", "=", "connected")
      .returning("user_id")
      .executeTakeFirst();
    return row !== undefined;
  }

  return {
    async save({ firmId, userId, userName, userEmail, token }) {
      const sealed = await seal(firmId, userId, { userName, userEmail, token });
      // Not counted up: a user who was removed and connects again would start with a number of before.
      const generation = randomInt(2 ** 48 - 1);
      const row = await db
        .insertInto("connections")
        .values({
          firm_id: firmId,
          user_id: userId,
          state: "connected",
          generation,
          connected_at: now(),
          preferred: 0,
          sealed,
          kid: sealer.kid,
        })
        .onConflict((conflict) =>
          conflict
            .columns(["firm_id", "user_id"])
            .doUpdateSet({ state: "connected", generation, sealed, kid: sealer.kid }),
        )
        .returning("connected_at")
        .executeTakeFirstOrThrow();
      return {
        firmId,
        userId,
        userName,
        userEmail,
        token,
        state: "connected",
        connectedAt: row.connected_at,
        generation,
      };
    },

    async saveToken(firmId, userId, token, generation) {
      const current = await find(firmId, userId);
      if (current?.state !== "connected") return false;
      // Read and written apart, yet safe: within one generation the user's name and e-mail never change.
      const sealed = await seal(firmId, userId, { ...current, token });
      return update(firmId, userId, generation, { sealed, kid: sealer.kid });
    },

    async ofFirm(firmId) {
      const rows = await inOrder.where("firm_id", "=", firmId).execute();
      return Promise.all(rows.map(opened));
    },

    async lookupAccount(firmId) {
      const connected = inOrder.where("firm_id", "=", firmId).where("state", "=", "connected").limit(1);
      // Every call of the receptionist passes here. The first row is nearly always the one.
      for (let place = 0; ; place++) {
        const row = await connected.offset(place).executeTakeFirst();
        if (!row) return null;
        const connection = await opened(row);
        if (connection.state === "connected") return connection;
      }
    },

    async setLookupAccount(firmId, userId) {
      await db
        .updateTable("connections")
        .set(({ eb }) => ({
          preferred: eb.case().when("user_id", "=", userId).then(sql.lit(1)).else(sql.lit(0)).end(),
        }))
        .where("firm_id", "=", firmId)
        .execute();
    },

    async ofUser(userId) {
      const rows = await acrossFirms(db, "a click names its user alone, and Clio vouches for it")
        .selectFrom("connections")
        .selectAll()
        .where("user_id", "=", userId)
        .where("state", "=", "connected")
        .execute();
      for (const row of rows) {
        const connection = await opened(row);
        if (connection.state === "connected") return connection;
      }
      return null;
    },

    find,

    revoke(firmId, userId, generation) {
      return update(firmId, userId, generation, { state: "revoked" });
    },

    async remove(firmId, userId) {
      await db
        .deleteFrom("connections")
        .where("firm_id", "=", firmId)
        .where("user_id", "=", userId)
        .execute();
    },

    async countByState() {
      const rows = await acrossFirms(db, "a count for the operator, of nobody in particular")
        .selectFrom("connections")
        .select(({ fn }) => ["state", fn.countAll().as("connections")])
        .groupBy("state")
        .execute();
      const counts = { connected: 0, revoked: 0 };
      for (const { state, connections } of rows) counts[state] = Number(connections);
      return counts;
    },

    async countByFirm() {
      const rows = await acrossFirms(db, "counts for the operator's list")
        .selectFrom("connections")
        .select(({ fn }) => ["firm_id", "state", "kid", fn.countAll().as("connections")])
        .groupBy(["firm_id", "state", "kid"])
        .execute();
      const byFirm = new Map<string, Record<keyof ConnectionCounts, number>>();
      for (const { firm_id, state, kid, connections } of rows) {
        const counts = byFirm.get(firm_id) ?? { connected: 0, revoked: 0, unreadable: 0 };
        const isReadable = kid !== null && sealer.kids.includes(kid);
        counts[isReadable ? state : "unreadable"] += Number(connections);
        byFirm.set(firm_id, counts);
      }
      return byFirm;
    },
  };
}

function sealContext(firmId: string, userId: number): string {
  return `connection:${firmId}:${userId}`;
}
