import { installCustomActions, ourCustomActions, wantedActions } from "../clio/resources/custom-actions.ts";
import { SUBJECT_TYPES, type SubjectType } from "../clio/subject-types.ts";
import type { RequestContext } from "../runtime/request-context.ts";
import type { Connection } from "../store/repositories/connections.ts";
import type { UserClio } from "./user-clio.ts";

interface CustomActionParts {
  userClio: UserClio;
  settings: { readonly publicUrl: string; readonly customActionRecords: readonly SubjectType[] };
}

/** The menu entry on one kind of record, in one user's Clio. */
export interface CustomActionState {
  readonly kind: SubjectType;
  /** Whether `CUSTOM_ACTION_RECORDS` has this kind. */
  readonly wanted: boolean;
  /** Whether it is installed, with this service's address. */
  readonly installed: boolean;
}

/** Installs or repairs a user's menu entries, and removes those no longer wanted. Throws as `UserClio` does. */
export function ensureCustomActions(
  { userClio, settings }: CustomActionParts,
  connection: Connection,
  context: RequestContext,
): Promise<void> {
  return installCustomActions(userClio(connection), wantedActions(settings), context);
}

/** The menu entries that a user has or should have, in the order of `SUBJECT_TYPES`. Throws as `UserClio` does. */
export async function customActionStates(
  { userClio, settings }: CustomActionParts,
  connection: Connection,
  context: RequestContext,
): Promise<CustomActionState[]> {
  const existing = await ourCustomActions(userClio(connection), context);
  const { records, targetUrl } = wantedActions(settings);
  return SUBJECT_TYPES.map((kind) => ({
    kind,
    wanted: records.includes(kind),
    actions: existing.filter((action) => action.records === kind),
  }))
    .filter(({ wanted, actions }) => wanted || actions.length > 0)
    .map(({ kind, wanted, actions }) => ({
      kind,
      wanted,
      installed: actions.some((action) => action.targetUrl === targetUrl),
    }));
}
