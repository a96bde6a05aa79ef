import { randomInt } from "node:crypto";
import { type Kysely, sql } from "kysely";
import { LRUCache } from "lru-cache";
import { compileQuery, type Param } from "../db/compiled-query.ts";
import type { ConnectionRow, Schema } from "../db/schema.ts";
import { acrossFirms } from "../db/tenant-guard.ts";
import { sealWithDataKey } from "../encryption/data-key.ts";
import { SealError } from "../encryption/seal-error.ts";
import type { Sealer } from "../encryption/sealing.ts";
import { createConnectionKeys } from "./connection-keys.ts";
import { requestErasure } from "./pending-erasures.ts";

/** A user's tokens for Clio. Times are milliseconds since 1970 by our clock. */
export interface StoredToken {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly obtainedAt: number;
  readonly expiresAt: number;
}

/** A Clio user's permission to use their firm's Clio account. */
export interface Connection {
  readonly firmId: string;
  /** Clio's user ID. */
  readonly userId: number;
  readonly userName: string | null;
  readonly userEmail: string | null;
  /** `revoked` once Clio has permanently rejected the refresh token: the user has to connect again. */
  readonly state: "connected" | "revoked";
  /** When the user first connected, in milliseconds since 1970. Reconnecting doesn't change it. */
  readonly connectedAt: number;
  readonly token: StoredToken;
  /** Changes each time the user connects, but not when the token is refreshed. */
  readonly generation: number;
  /**
   * The user's sessions are valid while they have this number. It changes when the user connects again after they disconnected
   * or lost access, and when they sign out everywhere; not when a connected user signs in again.
   */
  readonly sessionEpoch: number;
}

/** A connection that can't be decrypted, because its key was removed from `SECRET_KEY`. */
export interface UnreadableConnection {
  readonly firmId: string;
  readonly userId: number;
  readonly userName: null;
  readonly userEmail: null;
  readonly state: "unreadable";
  readonly connectedAt: number;
  readonly token: null;
  readonly generation: number;
  readonly sessionEpoch: number;
}

/**
 * The connections of firms, one for each user: the chosen lookup account first, the others in the order in which they first
 * connected. Name, email and token are encrypted.
 */
export interface Connections {
  /**
   * Adds a connection or replaces the user's existing one, which keeps its place in the order but gets a new generation. It
   * also gets a new session epoch, unless the user was connected.
   * Durable once it resolves. Throws if the firm isn't admitted.
   */
  save(
    connection: Pick<Connection, "firmId" | "userId" | "userName" | "userEmail" | "token">,
  ): Promise<Connection>;
  /**
   * Replaces a token with the refreshed one. Durable once it resolves.
   *
   * @param generation the generation of the connection that was refreshed
   * @returns false, without effect, if the user has since reconnected, or was revoked or removed
   */
  saveToken(firmId: string, userId: number, token: StoredToken, generation: number): Promise<boolean>;
  /** All connections of a firm, including revoked and unreadable ones. */
  listByFirm(firmId: string): Promise<(Connection | UnreadableConnection)[]>;
  /** The first connection that is connected and readable, which is used to query Clio; null if there is none. */
  lookupAccount(firmId: string): Promise<Connection | null>;
  /** Chooses the firm's lookup account. A user who never connected undoes the choice. */
  setLookupAccount(firmId: string, userId: number): Promise<void>;
  /**
   * The connected and readable connection of a Clio user in any firm: user IDs are unique within a region, and a click in
   * Clio identifies only the user (`docs/reference/endpoints.md`, "GET /clio-action").
   */
  findByUser(userId: number): Promise<Connection | null>;
  /** Returns null if the user never connected. */
  find(firmId: string, userId: number): Promise<Connection | UnreadableConnection | null>;
  /**
   * Marks a connection as revoked.
   *
   * @param generation the generation of the connection that Clio rejected
   * @returns false, without effect, if the user has since reconnected, or was already revoked or removed
   */
  revoke(firmId: string, userId: number, generation: number): Promise<boolean>;
  /** Ends all sessions of a user, in every process. Durable once it resolves. */
  endSessions(firmId: string, userId: number): Promise<void>;
  /**
   * Deletes a user's connection with its token, and the user's webhooks. Its data key is destroyed. Has no effect if there is
   * none.
   */
  remove(firmId: string, userId: number): Promise<void>;
  /** Forgets the decrypted tokens of connections that any process has deleted. */
  forgetRemoved(): Promise<void>;
  /**
   * The number of connections in each state, over all firms. Unreadable ones are counted by their stored state, because
   * detecting them would mean decrypting every connection.
   */
  countByState(): Promise<Record<Connection["state"], number>>;
  /**
   * The number of connections in each state for each firm that has any. Unreadable ones are recognized by their key ID, without
   * decrypting, so a damaged one is counted by its stored state.
   */
  countByFirm(): Promise<ReadonlyMap<string, ConnectionCounts>>;
}

/** Numbers of connections by state. */
export type ConnectionCounts = Readonly<Record<(Connection | UnreadableConnection)["state"], number>>;

/** A connection with its data key, wrapped; null if it has none, because a version before 0.2 wrote it. */
type KeyedConnectionRow = ConnectionRow & { wrapped: string | null };

/** The encrypted part of a connection. */
type SealedFields = Pick<Connection, "userName" | "userEmail" | "token">;

const MAX_CACHED_CONNECTIONS = 500;

/** @param now the clock, in milliseconds since 1970 */
export function createConnections(db: Kysely<Schema>, sealer: Sealer, now: () => number): Connections {
  const keys = createConnectionKeys(db, sealer);
  const withKey = (kysely: Kysely<Schema>) =>
    kysely
      .selectFrom("connections")
      .selectAll("connections")
      .select(({ selectFrom }) =>
        selectFrom("connection_keys")
          .select("connection_keys.wrapped")
          .whereRef("connection_keys.firm_id", "=", "connections.firm_id")
          .whereRef("connection_keys.user_id", "=", "connections.user_id")
          .as("wrapped"),
      );
  const findConnection = compileQuery(db, (param: Param<"firmId" | "userId">) =>
    withKey(db).where("firm_id", "=", param("firmId")).where("user_id", "=", param("userId")),
  );
  const clicks = acrossFirms(
    db,
    "a click in Clio identifies only its user, and Clio has confirmed who that is",
  );
  const findConnected = compileQuery(clicks, (param: Param<"userId">) =>
    withKey(clicks).where("user_id", "=", param("userId")).where("state", "=", "connected"),
  );
  const inOrder = withKey(db).orderBy("preferred", "desc").orderBy("connected_at").orderBy("user_id");

  /** Decrypting is the slowest step of a lookup, and a firm's calls all use the same connection. */
  const decryptedCache = new LRUCache<string, { sealed: string; fields: SealedFields }>({
    max: MAX_CACHED_CONNECTIONS,
  });

  function seal(
    key: Uint8Array,
    firmId: string,
    userId: number,
    { userName, userEmail, token }: SealedFields,
  ): Promise<string> {
    const fields: SealedFields = { userName, userEmail, token };
    return sealWithDataKey(key, fields, sealContext(firmId, userId));
  }

  /** The key of a connection to encrypt with: a new one if it has none that can be unwrapped. */
  async function keyToSealWith(firmId: string, userId: number) {
    const existing = await keys.find(firmId, userId).catch((error: unknown) => {
      if (!(error instanceof SealError)) throw error;
      return null;
    });
    return keys.wrap(firmId, userId, existing ?? undefined);
  }

  async function toConnection(row: KeyedConnectionRow): Promise<Connection | UnreadableConnection> {
    const common = {
      firmId: row.firm_id,
      userId: row.user_id,
      connectedAt: row.connected_at,
      generation: row.generation,
      sessionEpoch: row.session_epoch,
    };
    const context = sealContext(row.firm_id, row.user_id);
    const cached = decryptedCache.get(context);
    if (cached?.sealed === row.sealed) return { ...common, ...cached.fields, state: row.state };
    try {
      const owner = { firmId: row.firm_id, userId: row.user_id, wrapped: row.wrapped };
      // The cast is safe: only this file seals values with this context.
      const fields = (await keys.open(owner, row.sealed, context)) as SealedFields;
      decryptedCache.set(context, { sealed: row.sealed, fields });
      return { ...common, ...fields, state: row.state };
    } catch (error) {
      if (!(error instanceof SealError)) throw error;
      return { ...common, userName: null, userEmail: null, token: null, state: "unreadable" };
    }
  }

  async function find(firmId: string, userId: number) {
    const [row] = await findConnection({ firmId, userId });
    return row ? toConnection(row) : null;
  }

  /** Updates a connection only if it is connected and still has that generation. */
  async function updateGeneration(
    db: Kysely<Schema>,
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
      const { key, wrapped } = await keyToSealWith(firmId, userId);
      const sealed = await seal(key, firmId, userId, { userName, userEmail, token });
      const [generation, newEpoch] = [randomNumber(), randomNumber()];
      const row = await db.transaction().execute(async (trx) => {
        const saved = await trx
          .insertInto("connections")
          .values({
            firm_id: firmId,
            user_id: userId,
            state: "connected",
            generation,
            session_epoch: newEpoch,
            connected_at: now(),
            preferred: 0,
            sealed,
            kid: sealer.kid,
          })
          .onConflict((conflict) =>
            conflict.columns(["firm_id", "user_id"]).doUpdateSet(({ eb, ref }) => ({
              state: "connected" as const,
              generation,
              session_epoch: eb
                .case()
                .when("connections.state", "=", "connected")
                .then(ref("connections.session_epoch"))
                .else(ref("excluded.session_epoch"))
                .end(),
              sealed,
              kid: sealer.kid,
            })),
          )
          .returning(["connected_at", "session_epoch"])
          .executeTakeFirstOrThrow();
        await keys.put(trx, firmId, userId, wrapped);
        return saved;
      });
      return {
        firmId,
        userId,
        userName,
        userEmail,
        token,
        state: "connected",
        connectedAt: row.connected_at,
        generation,
        sessionEpoch: row.session_epoch,
      };
    },

    async saveToken(firmId, userId, token, generation) {
      const current = await find(firmId, userId);
      if (current?.state !== "connected") return false;
      // Safe without a transaction: name and email never change within a generation.
      const { key, wrapped } = await keyToSealWith(firmId, userId);
      const sealed = await seal(key, firmId, userId, { ...current, token });
      return db.transaction().execute(async (trx) => {
        const change = { sealed, kid: sealer.kid };
        const isCurrent = await updateGeneration(trx, firmId, userId, generation, change);
        if (isCurrent) await keys.put(trx, firmId, userId, wrapped);
        return isCurrent;
      });
    },

    async listByFirm(firmId) {
      const rows = await inOrder.where("firm_id", "=", firmId).execute();
      return Promise.all(rows.map(toConnection));
    },

    async lookupAccount(firmId) {
      const connected = inOrder.where("firm_id", "=", firmId).where("state", "=", "connected").limit(1);
      // One row at a time, because every call runs this and the first connection is nearly always readable.
      for (let offset = 0; ; offset++) {
        const row = await connected.offset(offset).executeTakeFirst();
        if (!row) return null;
        const connection = await toConnection(row);
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

    async findByUser(userId) {
      for (const row of await findConnected({ userId })) {
        const connection = await toConnection(row);
        if (connection.state === "connected") return connection;
      }
      return null;
    },

    find,

    revoke(firmId, userId, generation) {
      return updateGeneration(db, firmId, userId, generation, { state: "revoked" });
    },

    async endSessions(firmId, userId) {
      await db
        .updateTable("connections")
        .set({ session_epoch: randomNumber() })
        .where("firm_id", "=", firmId)
        .where("user_id", "=", userId)
        .execute();
    },

    async remove(firmId, userId) {
      await db.transaction().execute(async (trx) => {
        // Only the user's token could delete the webhooks in Clio. Their secrets don't open without the data key.
        for (const table of ["webhooks", "connections"] as const)
          await trx.deleteFrom(table).where("firm_id", "=", firmId).where("user_id", "=", userId).execute();
        await requestErasure(trx, now);
      });
      decryptedCache.delete(sealContext(firmId, userId));
    },

    async forgetRemoved() {
      const cached = [...decryptedCache.keys()];
      if (cached.length === 0) return;
      const rows = await acrossFirms(db, "which connections exist, of those that this process has used")
        .selectFrom("connections")
        .select(["firm_id", "user_id"])
        .execute();
      const existing = new Set(rows.map(({ firm_id, user_id }) => sealContext(firm_id, user_id)));
      for (const context of cached) if (!existing.has(context)) decryptedCache.delete(context);
    },

    async countByState() {
      const rows = await acrossFirms(db, "a metric over all firms")
        .selectFrom("connections")
        .select(({ fn }) => ["state", fn.countAll().as("connections")])
        .groupBy("state")
        .execute();
      const counts = { connected: 0, revoked: 0 };
      for (const { state, connections } of rows) counts[state] = Number(connections);
      return counts;
    },

    async countByFirm() {
      const rows = await acrossFirms(db, "counts for the operator's list of firms")
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

/** Random, not a counter: a user who is removed and connects again must not get an old number. */
function randomNumber(): number {
  return randomInt(2 ** 48 - 1);
}

export function sealContext(firmId: string, userId: number): string {
  return `connection:${firmId}:${userId}`;
}
