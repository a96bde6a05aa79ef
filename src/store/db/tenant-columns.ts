import type { Schema } from "./schema.ts";

/**
 * What the value of a column identifies. A mirror never changes hands and its ID is random, so a mirror ID identifies the
 * firm as well; a lease is named after its firm.
 */
export type TenantKey = "firm" | "mirror" | "lease";

/** The columns of a table that identify the firm a row belongs to. */
export type TenantColumns = Readonly<Record<string, TenantKey>>;

/**
 * The tenant columns of every table; null for a table without firms' rows. A table that is missing here doesn't compile, so
 * no table is added without deciding whose its rows are.
 */
const TENANT_COLUMNS: Readonly<Record<keyof Schema, TenantColumns | null>> = {
  firms: { id: "firm" },
  connections: { firm_id: "firm" },
  bearer_keys: { firm_id: "firm" },
  key_reveals: { firm_id: "firm" },
  webhooks: { firm_id: "firm" },
  audit_events: { firm_id: "firm" },
  mirrors: { firm_id: "firm", id: "mirror" },
  mirror_records: { mirror_id: "mirror" },
  mirror_terms: { mirror_id: "mirror" },
  noted_changes: { mirror_id: "mirror" },
  leases: { name: "lease" },
  used_states: null,
  revoked_sessions: null,
  invitations: null,
  clio_windows: null,
  wrong_guesses: null,
  first_admission: null,
  mirror_keys: { mirror_id: "mirror" },
  connection_keys: { firm_id: "firm" },
  firm_keys: { firm_id: "firm" },
  added_rules: { firm_id: "firm" },
  absences: { firm_id: "firm" },
  absence_calendars: { firm_id: "firm" },
  pending_erasures: null,
  calls: { firm_id: "firm" },
  call_keys: { firm_id: "firm" },
  reported_calls: { firm_id: "firm" },
} satisfies { [Table in keyof Schema]: { [Column in keyof Schema[Table]]?: TenantKey } | null };

/** @returns null for a table without firms' rows, and for one that isn't in the schema */
export function tenantColumnsOf(table: string): TenantColumns | null {
  return Object.hasOwn(TENANT_COLUMNS, table) ? TENANT_COLUMNS[table as keyof Schema] : null;
}
