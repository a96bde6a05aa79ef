import type { SubjectType } from "../clio/subject-types.ts";
import type { MirrorStatus } from "../mirror/mirror-status.ts";
import type { ApiKey } from "../store/repositories/api-keys.ts";
import type { Connection, UnreadableConnection } from "../store/repositories/connections.ts";
import type { Firm } from "../store/repositories/firms.ts";

/** The custom actions of the signed-in user, or why they couldn't be checked in Clio. */
export interface CustomActionsState {
  readonly records: readonly { kind: SubjectType; wanted: boolean; installed: boolean }[];
  readonly problem: string | null;
}

/** A response as the receptionist would get it. */
export interface TriedAnswer {
  readonly path: string;
  readonly status: number;
  readonly body: object;
}

export interface TriedCaller {
  readonly number: string;
  readonly name: string;
  readonly matter: string;
  readonly answer: TriedAnswer;
}

/** The data that `/setup` shows. */
export interface SetupPage {
  readonly publicUrl: string;
  readonly csrf: string;
  readonly firm: Firm;
  readonly me: Connection;
  readonly connections: readonly (Connection | UnreadableConnection)[];
  /** The lookup account; null when no user is connected. */
  readonly lookupUserId: number | null;
  readonly directory: MirrorStatus;
  /** Seconds until the page refreshes itself; null when it doesn't. */
  readonly refreshSeconds: number | null;
  readonly customActions: CustomActionsState;
  readonly keys: readonly ApiKey[];
  /** A new key in plain text, in the only response that shows it. */
  readonly newKey: { readonly name: string; readonly key: string } | null;
  readonly tried: TriedCaller | null;
}
