import type { Schema } from "../../store/db/schema.ts";

/** What a move does with a table. */
export type Way<Row> =
  /**
   * Irreplaceable: what the target alone has of it is not overwritten without being asked for. With the columns that tell
   * a row from all others, the one that names its firm, and what people call a row.
   */
  | {
      readonly way: "kept";
      readonly key: readonly (keyof Row & string)[];
      readonly firm: keyof Row & string;
      readonly one: string;
    }
  /** Travels too, but Clio or time makes it anew. */
  | { readonly way: "copied" }
  /** Means nothing to the processes that use another database. */
  | { readonly way: "left" };

/** Every table, each after those that it refers to. */
export const TABLES: { readonly [Table in keyof Schema]: Way<Schema[Table]> } = {
  firms: { way: "kept", key: ["id"], firm: "id", one: "firm" },
  connections: { way: "kept", key: ["firm_id", "user_id"], firm: "firm_id", one: "connection" },
  bearer_keys: { way: "kept", key: ["id"], firm: "firm_id", one: "bearer key" },
  webhooks: { way: "kept", key: ["id"], firm: "firm_id", one: "webhook" },
  // A state that was used must not be good once more in the new place, for the minutes that it has left.
  used_states: { way: "copied" },
  // The one that makes a link can make another.
  invitations: { way: "copied" },
  mirrors: { way: "copied" },
  mirror_records: { way: "copied" },
  mirror_terms: { way: "copied" },
  noted_changes: { way: "copied" },
  // Whoever holds one is a process that was stopped.
  leases: { way: "left" },
  // Over within a minute.
  clio_windows: { way: "left" },
  wrong_guesses: { way: "left" },
};

export type TableName = keyof Schema;

/** The tables whose rows travel, each after those that it refers to. */
export const TRAVELLING = (Object.keys(TABLES) as TableName[]).filter((name) => TABLES[name].way !== "left");
