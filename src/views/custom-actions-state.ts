import type { SubjectType } from "../clio/subject-types.ts";

/** The custom actions of the signed-in user, or why they couldn't be checked in Clio. */
export interface CustomActionsState {
  readonly records: readonly { kind: SubjectType; wanted: boolean; installed: boolean }[];
  readonly problem: string | null;
}
