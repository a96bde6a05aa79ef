import type { SubjectType } from "../clio/subject-types.ts";
import type { MirrorStatus } from "../mirror/mirror-status.ts";
import type { AdministratorRole } from "../store/repositories/administrators.ts";
import type { ApiKey } from "../store/repositories/api-keys.ts";
import type { AuditEvent } from "../store/repositories/audit-events.ts";
import type { Connection, UnreadableConnection } from "../store/repositories/connections.ts";
import type { Firm } from "../store/repositories/firms.ts";
import type { TriedCaller } from "./tried-caller.ts";

/** The custom actions of the signed-in user, or why they couldn't be checked in Clio. */
export interface CustomActionsState {
  readonly records: readonly { kind: SubjectType; wanted: boolean; installed: boolean }[];
  readonly problem: string | null;
}

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

/** The data that `/setup` shows to an administrator. */
export interface SetupPage extends CommonSetupPage {
  /** The user ID of the lookup account; null when no user is connected. */
  readonly lookupUserId: number | null;
  readonly directory: MirrorStatus;
  /** Seconds until the page refreshes itself; null when it doesn't. */
  readonly refreshSeconds: number | null;
  readonly keys: readonly ApiKey[];
  /** A new key in plain text, in the only response that shows it. */
  readonly newKey: { readonly name: string; readonly key: string } | null;
  readonly history: HistoryPage;
}
