/**
 * The tables, as Kysely sees them. What made them stands in `migrations/`.
 *
 * Times are milliseconds since 1970, in UTC. Nothing here is of one engine alone: the same queries are to run
 * on PostgreSQL.
 */
export interface Schema {
  firms: FirmRow;
  connections: ConnectionRow;
  bearer_keys: BearerKeyRow;
  used_states: UsedStateRow;
}

export interface FirmRow {
  id: string;
  region: string;
  account_id: number;
  name: string;
  admitted_at: number;
}

export interface ConnectionRow {
  firm_id: string;
  user_id: number;
  state: "connected" | "revoked";
  /** Another number each time the user connects, so that what was begun with an older token is told apart. */
  generation: number;
  /** When the user first connected, which is their place in the firm's order. */
  connected_at: number;
  /** 1 for the user whom the firm chose to answer lookups, else 0. */
  preferred: number;
  /** The user's name and e-mail, and the token (`Sealer`). */
  sealed: string;
}

export interface BearerKeyRow {
  id: string;
  firm_id: string;
  name: string;
  /** SHA-256 of the secret part, in hex. */
  secret_hash: string;
  made_at: number;
  last_used_at: number | null;
}

export interface UsedStateRow {
  id: string;
  expires_at: number;
}
