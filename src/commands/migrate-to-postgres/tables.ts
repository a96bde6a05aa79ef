import type { Schema } from "../../store/db/schema.ts";

/** What a migration does with a table. */
export type MigrationPolicy<Row> =
  /** Copied. Irreplaceable: rows that only the target has are overwritten only on request. */
  | {
      readonly policy: "preserve";
      readonly primaryKey: readonly (keyof Row & string)[];
      /** The column with the firm's ID. */
      readonly firmColumn: keyof Row & string;
      /** What the operator calls a row. */
      readonly label: string;
    }
  /** Copied, but replaceable: rows that only the target has can be read from Clio again, or expire. */
  | { readonly policy: "copy" }
  /** Not copied: the rows mean nothing to processes on another database. */
  | { readonly policy: "skip" };

/** Every table, after the tables that it references. */
export const TABLES: { readonly [Table in keyof Schema]: MigrationPolicy<Schema[Table]> } = {
  firms: { policy: "preserve", primaryKey: ["id"], firmColumn: "id", label: "firm" },
  connections: {
    policy: "preserve",
    primaryKey: ["firm_id", "user_id"],
    firmColumn: "firm_id",
    label: "connection",
  },
  bearer_keys: { policy: "preserve", primaryKey: ["id"], firmColumn: "firm_id", label: "API key" },
  webhooks: { policy: "preserve", primaryKey: ["id"], firmColumn: "firm_id", label: "webhook" },
  audit_events: { policy: "preserve", primaryKey: ["id"], firmColumn: "firm_id", label: "history entry" },
  added_rules: {
    policy: "preserve",
    primaryKey: ["firm_id", "user_id"],
    firmColumn: "firm_id",
    label: "transfer rule added to Upfirst",
  },
  // Whether calls would be lost is checked for the calls themselves.
  call_keys: { policy: "copy" },
  calls: { policy: "preserve", primaryKey: ["id"], firmColumn: "firm_id", label: "call" },
  // Otherwise a call that is reported again would be logged in Clio again.
  reported_calls: { policy: "copy" },
  absences: { policy: "preserve", primaryKey: ["id"], firmColumn: "firm_id", label: "absence" },
  absence_calendars: {
    policy: "preserve",
    primaryKey: ["firm_id"],
    firmColumn: "firm_id",
    label: "choice of calendars",
  },
  // Otherwise a used state would be valid again until it expires.
  used_states: { policy: "copy" },
  // Otherwise a copied cookie of a session that was ended would be accepted again.
  revoked_sessions: { policy: "copy" },
  // The operator can create another link.
  invitations: { policy: "copy" },
  // Whether connections would be lost is checked for the connections themselves.
  connection_keys: { policy: "copy" },
  firm_keys: { policy: "copy" },
  mirrors: { policy: "copy" },
  mirror_keys: { policy: "copy" },
  mirror_records: { policy: "copy" },
  mirror_terms: { policy: "copy" },
  noted_changes: { policy: "copy" },
  // Otherwise the generated setup link would be valid again.
  first_admission: { policy: "copy" },
  // The processes that held them are stopped.
  leases: { policy: "skip" },
  // These expire within ten minutes.
  key_reveals: { policy: "skip" },
  // These expire within a minute.
  clio_windows: { policy: "skip" },
  wrong_guesses: { policy: "skip" },
  // Concerns the files of the source.
  pending_erasures: { policy: "skip" },
};

export type TableName = keyof Schema;

/** The tables that are copied, each after the tables that it references. */
export const COPIED_TABLES = (Object.keys(TABLES) as TableName[]).filter(
  (name) => TABLES[name].policy !== "skip",
);
