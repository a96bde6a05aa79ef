import type { Generated, Selectable } from "kysely";
import type { CallOutcome } from "../../calls/call-record.ts";
import type { RecordKind } from "../../calls/firm-record.ts";

/**
 * The tables as Kysely sees them; `migrations/` creates them. The same queries run on SQLite and PostgreSQL.
 *
 * Times are milliseconds since 1970 (UTC), unless a column says otherwise.
 */
export interface Schema {
  firms: FirmTable;
  connections: ConnectionTable;
  bearer_keys: BearerKeyTable;
  key_reveals: KeyRevealRow;
  audit_events: AuditEventRow;
  used_states: UsedStateRow;
  revoked_sessions: RevokedSessionRow;
  invitations: InvitationRow;
  mirrors: MirrorRow;
  mirror_records: MirrorRecordRow;
  mirror_terms: MirrorTermRow;
  noted_changes: NotedChangeRow;
  leases: LeaseRow;
  webhooks: WebhookRow;
  clio_windows: ClioWindowRow;
  wrong_guesses: WrongGuessRow;
  first_admission: FirstAdmissionRow;
  mirror_keys: MirrorKeyRow;
  connection_keys: ConnectionKeyRow;
  firm_keys: FirmKeyRow;
  added_rules: AddedRuleRow;
  absences: AbsenceRow;
  absence_calendars: AbsenceCalendarRow;
  pending_erasures: PendingErasureRow;
  calls: CallRow;
  call_keys: CallKeyRow;
  reported_calls: ReportedCallRow;
}

export type FirmRow = Selectable<FirmTable>;

export interface FirmTable {
  id: string;
  region: string;
  account_id: number;
  name: string;
  admitted_at: number;
  /** The last request from the firm's receptionist, with any key; null if there was none. */
  last_call_at: number | null;
  /**
   * The user who admitted the firm, who is its administrator while no other one is connected; null if an administrator has
   * taken the role from them.
   */
  admitted_by: number | null;
  /** An IANA name; null for the time zone of the firm's region. */
  time_zone: string | null;
  /** A new random number with every change to who is away; 0 if there never was one. */
  absences_revision: Generated<number>;
  /** When an administrator said that the transfer rules are in Upfirst; null before that. */
  transfer_rules_added_at: Generated<number | null>;
}

export type ConnectionRow = Selectable<ConnectionTable>;

export interface ConnectionTable {
  firm_id: string;
  user_id: number;
  state: "connected" | "revoked";
  /** A new random number each time the user connects, to recognize results that belong to an older token. */
  generation: number;
  /** A new random number whenever all sessions of the user end; 0 if that hasn't happened since an older version connected them. */
  session_epoch: number;
  /** When the user first connected. A firm's connections are ordered by it. */
  connected_at: number;
  /** 1 for the lookup account that the firm chose, otherwise 0. */
  preferred: number;
  /** 1 for an administrator who was named or who admitted the firm, otherwise 0. */
  administrator: Generated<number>;
  /** 1 if Clio called the user the account owner when they last connected, otherwise 0. */
  account_owner: Generated<number>;
  /** The user's name, email and token, encrypted with the connection's data key. */
  sealed: string;
  /** ID of the secret key that the data key is wrapped with; null if `sealed` is damaged. */
  kid: string | null;
}

export interface BearerKeyTable {
  id: string;
  firm_id: string;
  name: string;
  /** The name in the form in which a firm's names are unique; null if an older version created the key. */
  name_key: Generated<string | null>;
  /** SHA-256 of the secret part, in hex. */
  secret_hash: string;
  made_at: number;
  last_used_at: number | null;
}

/** A new key while the session that created it may show it. */
export interface KeyRevealRow {
  key_id: string;
  firm_id: string;
  user_id: number;
  /** SHA-256 of the session's ID, in hex. */
  session_hash: string;
  /** The key, encrypted with a key derived from the session's ID, which is only in the user's cookie. */
  sealed: string;
  expires_at: number;
}

export interface AuditEventRow {
  /** Random. */
  id: string;
  firm_id: string;
  at: number;
  kind: string;
  /** The user who did it; null if it was no user. */
  actor_id: number | null;
  /** The user it was done to. */
  subject_id: number | null;
  /** Names, and where it was done from, encrypted by the `Sealer`. */
  sealed: string;
}

export interface UsedStateRow {
  id: string;
  expires_at: number;
}

export interface RevokedSessionRow {
  /** SHA-256 of the session's ID, in hex. */
  id_hash: string;
  expires_at: number;
}

export interface InvitationRow {
  /** SHA-256 of the token, in hex. */
  token_hash: string;
  made_at: number;
  expires_at: number;
  /** When a firm was admitted with it; null before that. */
  used_at: number | null;
}

export interface MirrorRow {
  /** Random, to recognize what belongs to an earlier mirror of the firm. */
  id: number;
  firm_id: string;
  /** The user whose connection it is read through. */
  user_id: number;
  /** What the rows were written with (`src/mirror/format-version.ts`). */
  form: string;
  /** 1 once it was discarded; its rows are then deleted in batches. */
  gone: number;
  begun_at: number;
  /** When the first full sync ended; null before that. */
  complete_at: number | null;
  /** The kind of records the running full sync is reading; null if none is running. */
  pass_kind: MirrorRecordRow["kind"] | "relationship_check" | null;
  /** The running full sync has read all records of that kind up to this ID. */
  pass_after: number;
  /** Clio's URL of the page the running full sync reads next; null for the first page of a kind. */
  pass_next: string | null;
  pass_begun_at: number | null;
  /** How many contacts and matters Clio reported when the running full sync began. */
  pass_contacts: number | null;
  pass_matters: number | null;
  /** Contacts and matters that the running full sync has read. */
  pass_read: number;
  /** 1 if a full sync was requested. */
  pass_wanted: number;
  /** When the last full sync ended. */
  passed_at: number | null;
  /** The mirror has every change made in Clio up to this moment. */
  polled_at: number | null;
  /** When a record of the mirror last changed. */
  changed_at: number | null;
  users: number;
  contacts: number;
  matters: number;
  /** Incremented with every change to a user. */
  users_revision: number;
  hooks_checked_at: number | null;
  /** The service's address that the webhooks were checked against. */
  hooks_address: string | null;
  /** The error code of the last webhook check; null if it succeeded, or if webhooks aren't used. */
  hooks_trouble: string | null;
  /** The error code of the last sync step; null if it succeeded. */
  trouble: string | null;
  /** Sync steps that failed in a row. */
  failures: number;
  /** No sync step runs before this moment. */
  retry_at: number;
}

export interface MirrorRecordRow {
  mirror_id: number;
  kind: RecordKind;
  id: number;
  /** A matter's client; null for other kinds, and matters without a client. */
  client_id: number | null;
  /** Of a relationship; null for other kinds. */
  contact_id: number | null;
  /** Of a relationship; null for other kinds. */
  matter_id: number | null;
  /** Keyed hash of the record, to detect changes. */
  digest: string;
  /** Encrypted by the mirror's `RecordCipher`. */
  sealed: string;
}

export interface MirrorTermRow {
  mirror_id: number;
  /** Keyed hash of a search term of the contact. */
  hash: string;
  contact_id: number;
}

export interface NotedChangeRow {
  mirror_id: number;
  kind: "contact" | "matter" | "client";
  record_id: number;
  /** How often the change was reported. If that goes up while the record is being read, it is read again. */
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
  /** Clio's ID; null until Clio has returned it. */
  clio_id: number | null;
  /** Encrypted with the data key of the user's connection; null before the handshake. */
  sealed_secret: string | null;
  expires_at: number;
}

export interface ClioWindowRow {
  /** SHA-256 of an access token. */
  token_hash: string;
  /** Requests that may still be sent in this window. */
  remaining: number;
  /** Requests allowed per window. */
  most: number;
  /**
   * When the window ends by Clio's clock, in Unix seconds. Before the first response of a window: the previous window's value,
   * negated; 0 if there was none.
   */
  reset: number;
  /** When the window ends by our clock. */
  opens_at: number;
}

/** Absent once the mirror was discarded: its records can't be decrypted from then on. */
export interface MirrorKeyRow {
  mirror_id: number;
  /** The mirror's data key, encrypted by the `Sealer`. */
  wrapped: string;
  /** ID of the secret key that it is wrapped with. */
  kid: string;
}

/** Deleted with its connection. */
export interface ConnectionKeyRow {
  firm_id: string;
  user_id: number;
  /** The connection's data key, encrypted by the `Sealer`. */
  wrapped: string;
}

/** Deleted with its firm. */
export interface FirmKeyRow {
  firm_id: string;
  /** The firm's data key, encrypted by the `Sealer`. */
  wrapped: string;
  /** ID of the secret key that it is wrapped with. */
  kid: string;
}

/** A transfer rule that was added to Upfirst. */
export interface AddedRuleRow {
  firm_id: string;
  /** The person that the rule transfers to. */
  user_id: number;
  added_at: number;
  /** The user who said so. */
  added_by: number;
  /** Name and number, encrypted with the firm's data key. */
  sealed: string;
}

export interface AbsenceRow {
  /** Random. */
  id: string;
  firm_id: string;
  /** When it ends; null if no end is known. */
  until: number | null;
  /** Who is away, when and why, and who stands in, encrypted with the firm's data key. */
  sealed: string;
}

/** Absent if the firm's calendars in Clio don't count as absences. */
export interface AbsenceCalendarRow {
  firm_id: string;
  /** Which entries count, encrypted with the firm's data key. */
  sealed_choice: string;
  /** The absences that were last read, encrypted with the firm's data key; null until they were read. */
  sealed_entries: string | null;
  read_at: number | null;
  /** The error code of the last reading; null if it succeeded. */
  trouble: string | null;
}

/** A deletion whose remains are still in the database's files (`Erasure`). */
export interface PendingErasureRow {
  /** Random. */
  id: string;
  requested_at: number;
}

/** The attempts of one kind with one key: wrong secrets by address, and unconfirmed clicks by address and by user. */
export interface WrongGuessRow {
  /** Hash of the kind and the key. */
  id: string;
  guesses: number;
  until: number;
}

/** At most one row, which stays when the firm is removed. */
export interface FirstAdmissionRow {
  id: 1;
  admitted_at: number;
}

export interface CallRow {
  /** The time and a random number, in hex. Identifies the call in Clio as well. */
  id: string;
  firm_id: string;
  /** The period whose data key encrypts and hashes the columns below. */
  period: number;
  /** The hour since 1970 in which the row was inserted: recent calls are found by it and a hash. */
  hour: number;
  /** When the call began. */
  at: number;
  /** When the receptionist last sent something about it. */
  last_at: number;
  outcome: CallOutcome;
  /** Keyed hash of the caller's whole number; null if it isn't known. */
  caller_hash: string | null;
  /** Keyed hash of the contact's ID; null if no contact was found. */
  contact_hash: string | null;
  /** Short keyed hashes of the words by which the call is found, each after a dot. */
  terms: string;
  /** Incremented with every change, so that a change based on an older version is noticed. */
  revision: number;
  /** When `/after-call` reported it; null if it hasn't. */
  reported_at: number | null;
  /** What became of the phone log; null before the report. */
  log_state: "off" | "waiting" | "needs_choice" | "logged" | "failed" | null;
  /** What is due next while the state is `waiting`. */
  log_step: "identify" | "log" | "task" | null;
  /** When the phone log became due. After seven days of tries it fails. */
  log_since: number | null;
  /** The step isn't tried before this moment. */
  log_due_at: number | null;
  /** Failed tries of the step. */
  log_attempts: number;
  /** When Clio was last asked to create something in this step, whether or not it answered. */
  log_attempted_at: number | null;
  /** The error code of the last try. */
  log_error: string | null;
  /** The length of `sealed_report`. */
  report_bytes: number;
  /** Everything about the call but its long texts, encrypted with the key of its period. */
  sealed: string;
  /** The long texts of the report, encrypted with the same key; null if there are none. */
  sealed_report: string | null;
}

/** Destroyed once no call of its period is left. */
export interface CallKeyRow {
  firm_id: string;
  period: number;
  /** The data key, encrypted by the `Sealer`. */
  wrapped: string;
  /** ID of the secret key that it is wrapped with. */
  kid: string;
}

/** Recognizes reports that are sent again, even if the call was deleted in the meantime. */
export interface ReportedCallRow {
  firm_id: string;
  /** Keyed hash of the platform's ID of the call, or of the report. */
  hash: string;
  call_id: string;
  expires_at: number;
}
