import type { SubjectType } from "../clio/subject-types.ts";
import type { MirrorStatus } from "../mirror/mirror-status.ts";
import type { ApiKey } from "../store/repositories/api-keys.ts";
import type { Connection, UnreadableConnection } from "../store/repositories/connections.ts";
import type { Firm } from "../store/repositories/firms.ts";

/** The custom actions of whoever is signed in, or why Clio does not tell. */
export interface CustomActionsState {
  readonly records: readonly { kind: SubjectType; wanted: boolean; inPlace: boolean }[];
  readonly problem: string | null;
}

/** One answer as the receptionist would get it. */
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

/** What `/setup` shows. */
export interface SetupPage {
  readonly publicUrl: string;
  readonly csrf: string;
  readonly firm: Firm;
  readonly me: Connection;
  readonly connections: readonly (Connection | UnreadableConnection)[];
  /** The user through whose eyes callers are looked up; null when nobody is connected. */
  readonly answeringUserId: number | null;
  readonly directory: MirrorStatus;
  /** Seconds until the page looks again by itself; null when it does not. */
  readonly lookAgainIn: number | null;
  readonly customActions: CustomActionsState;
  readonly keys: readonly ApiKey[];
  /** A key in the clear, in the one answer that shows it. */
  readonly newKey: { readonly name: string; readonly key: string } | null;
  readonly tried: TriedCaller | null;
}
