import type { AdministratorRole } from "../store/repositories/administrators.ts";
import type { AuditEvent } from "../store/repositories/audit-events.ts";
import type { OutboxStep } from "../store/repositories/call-outbox.ts";
import type { Connection, UnreadableConnection } from "../store/repositories/connections.ts";
import type { Firm } from "../store/repositories/firms.ts";
import type { RevealedKey } from "../store/repositories/key-reveals.ts";
import type { CustomActionsState } from "./custom-actions-state.ts";
import type { FirmStatus } from "./setup-status.ts";
import type { TriedCaller } from "./tried-caller.ts";

/** A page of a firm's history. */
export interface HistoryPage {
  /** Newest first. */
  readonly events: readonly AuditEvent[];
  /** The `before` of the next page; null on the last one. */
  readonly older: string | null;
  readonly isFirstPage: boolean;
}

/** The data that `/setup` shows to every user. */
interface CommonSetupPage {
  readonly publicUrl: string;
  readonly csrf: string;
  readonly firm: Firm;
  readonly me: Connection;
  readonly connections: readonly (Connection | UnreadableConnection)[];
  /** By user ID. */
  readonly administrators: ReadonlyMap<number, AdministratorRole>;
  readonly customActions: CustomActionsState;
  readonly tried: TriedCaller | null;
}

/** The data that `/setup` shows to a user who isn't an administrator. */
export type UserSetupPage = CommonSetupPage;

/** The parts of `/setup` that change by themselves. */
export interface LiveSetupPage extends FirmStatus {
  readonly csrf: string;
  /** How soon the page asks again. */
  readonly pollSeconds: number;
}

/** The data that `/setup` shows to an administrator. */
export interface SetupPage extends CommonSetupPage, FirmStatus {
  /** Epoch milliseconds. */
  readonly now: number;
  /** An IANA name. */
  readonly firmTimeZone: string;
  /** The step of a phone log for which Clio refuses the permission; null if none is known to be refused. */
  readonly missingPermission: OutboxStep | null;
  /** New keys in plain text, newest first, while this session may show them. */
  readonly revealedKeys: readonly RevealedKey[];
  /** Whether this page answers the form for a new key. */
  readonly isKeyCreated: boolean;
  /** What was typed into the form for a new key, and why no key was created; null if nothing was wrong. */
  readonly keyForm: { readonly name: string; readonly problem: string } | null;
  readonly history: HistoryPage;
}
