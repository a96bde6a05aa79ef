import type { RecordKind } from "../../calls/firm-record.ts";

/**
 * The tables, as Kysely sees them. What made them stands in `migrations/`.
 *
 * Times are milliseconds since 1970, in UTC. Nothing here is of one engine alone: the same queries run on both.
 */
export interface Schema {
  firms: FirmRow;
  connections: ConnectionRow;
  bearer_keys: BearerKeyRow;
  used_states: UsedStateRow;
  invitations: InvitationRow;
  mirrors: MirrorRow;
  mirror_records: MirrorRecordRow;
  mirror_terms: MirrorTermRow;
  noted_changes: NotedChangeRow;
  leases: LeaseRow;
  webhooks: WebhookRow;
  clio_windows: ClioWindowRow;
  wrong_guesses: WrongGuessRow;
}

export interface FirmRow {
  id: string;
  region: string;
  account_id: number;
  name: string;
  admitted_at: number;
  /** When its receptionist last asked something, with whichever key; null while it never did. */
  last_call_at: number | null;
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
  /** The secret key that sealed it, by its id; null for a damaged seal. */
  kid: string | null;
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

export interface InvitationRow {
  /** SHA-256 of the token, in hex. */
  token_hash: string;
  made_at: number;
  expires_at: number;
  /** When a firm was admitted with it; null until then. */
  used_at: number | null;
}

export interface MirrorRow {
  /** Random, so that what belonged to a copy of before is told apart. */
  id: number;
  firm_id: string;
  /** Through whose connection it was read. */
  user_id: number;
  /** What the rows were made with: the secret key, the rules by which contacts are found. */
  form: string;
  /** 1 once it was given up: its rows are on their way out. */
  gone: number;
  begun_at: number;
  /** When the first pass over the firm ended; null until then. */
  complete_at: number | null;
  /** Of the pass under way: which records it is at; null between passes. */
  pass_kind: MirrorRecordRow["kind"] | null;
  /** Of the pass under way: every record of that kind up to this id is in. */
  pass_after: number;
  /** Of the pass under way: Clio's URL of the following page; null at the first. */
  pass_next: string | null;
  pass_begun_at: number | null;
  /** How many contacts, and matters, Clio said there are when the pass began. */
  pass_contacts: number | null;
  pass_matters: number | null;
  /** Contacts and matters that the pass has read. */
  pass_read: number;
  /** 1 when somebody asked for a pass. */
  pass_wanted: number;
  /** When the last whole pass ended. */
  passed_at: number | null;
  /** Every change in Clio up to this moment is in. */
  polled_at: number | null;
  /** When something last became different here. */
  changed_at: number | null;
  users: number;
  contacts: number;
  matters: number;
  /** Counts up with every change of a user. */
  users_revision: number;
  hooks_checked_at: number | null;
  /** Where the webhooks were to lead then. */
  hooks_address: string | null;
  /** The code of the error that keeps the webhooks from being in place; null when they are, or are not wanted. */
  hooks_trouble: string | null;
  /** The code of the error that the last reading ended with; null when it went well. */
  trouble: string | null;
  /** Readings that failed one after the other. */
  failures: number;
  /** Nothing is read before that. */
  retry_at: number;
}

export interface MirrorRecordRow {
  mirror_id: number;
  kind: RecordKind;
  id: number;
  /** Of a matter. */
  client_id: number | null;
  /** Keyed: tells whether the record has changed, and nothing else. */
  digest: string;
  sealed: string;
}

export interface MirrorTermRow {
  mirror_id: number;
  /** Keyed hash of what a contact is found by. */
  hash: string;
  contact_id: number;
}

export interface NotedChangeRow {
  mirror_id: number;
  kind: "contact" | "matter" | "client";
  record_id: number;
  /** How often it was noted: what is noted while it is being read stays. */
  times: number;
}

export interface LeaseRow {
  name: string;
  holder: string;
  until: number;
}

export interface WebhookRow {
  id: string;
  firm_id: string;
  user_id: number;
  model: "contact" | "matter";
  url: string;
  /** Clio's own id; null while Clio has not said it. */
  clio_id: number | null;
  /** Null until the handshake (`Sealer`). */
  sealed_secret: string | null;
  expires_at: number;
}

export interface ClioWindowRow {
  /** SHA-256 of an access token. */
  token_hash: string;
  /** Requests that may still be sent in this window. */
  remaining: number;
  /** Requests in a window. */
  most: number;
  /**
   * When the window ends, on Clio's clock, in Unix seconds. While no answer of it has come: when the one before ended, as a
   * negative number, or 0.
   */
  reset: number;
  opens_at: number;
}

export interface WrongGuessRow {
  /** Hash of what was guessed and where that came from. */
  id: string;
  guesses: number;
  until: number;
}
