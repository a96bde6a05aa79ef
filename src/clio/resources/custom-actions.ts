import { z } from "zod";
import { ClioUnprocessableError, NotFoundError } from "../../errors.ts";
import type { RequestContext } from "../../runtime/request-context.ts";
import { type ClioAccess, pageSchema, readAllPages } from "../paging.ts";
import type { SubjectType } from "../subject-types.ts";

/** The menu entry's name in Clio. The service recognizes its own actions by it. */
export const ACTION_LABEL = "Find responsible staff";

const PERMISSION = "Custom actions (write)";
const PATH = "/api/v4/custom_actions";

/** A custom action, which belongs to one user (docs/explanation/how-clio-behaves.md, "Creating custom actions"). */
export interface CustomAction {
  readonly id: number;
  /** The kind of record whose menu shows it. */
  readonly records: SubjectType | null;
  readonly targetUrl: string | null;
}

const ActionRecord = z.object({
  id: z.number().int(),
  label: z.string().nullish(),
  target_url: z.string().nullish(),
  ui_reference: z.string().nullish(),
});

const ActionPage = pageSchema(ActionRecord);

/** The custom actions that each connected user should have. */
export interface WantedActions {
  /** The address that a click opens. */
  readonly targetUrl: string;
  /** The kinds of record to show the action on. */
  readonly records: readonly SubjectType[];
}

/** The custom actions that the settings call for: one for each kind in `CUSTOM_ACTION_RECORDS`, opening `/clio-action`. */
export function wantedActions(settings: {
  publicUrl: string;
  customActionRecords: readonly SubjectType[];
}): WantedActions {
  return { targetUrl: `${settings.publicUrl}/clio-action`, records: settings.customActionRecords };
}

/** Lists the connected user's custom actions that this service created. Throws as `ClioAccess.request` does. */
export async function ourCustomActions(clio: ClioAccess, context: RequestContext): Promise<CustomAction[]> {
  const actions = await readAllPages(
    clio,
    {
      path: `${PATH}.json`,
      params: { fields: "id,label,target_url,ui_reference" },
      page: ActionPage,
      unordered: true,
      permission: PERMISSION,
    },
    context,
  );
  return actions.flatMap(({ id, label, target_url, ui_reference }) => {
    if (label !== ACTION_LABEL) return [];
    const records = (ui_reference?.replace("/show", "") ?? null) as SubjectType | null;
    return { id, records, targetUrl: target_url ?? null };
  });
}

/**
 * Creates, updates and deletes the connected user's custom actions until they are as specified. Actions that already
 * are stay untouched. Throws as `ClioAccess.request` does.
 */
export async function installCustomActions(
  clio: ClioAccess,
  { targetUrl, records }: WantedActions,
  context: RequestContext,
): Promise<void> {
  const existing = await ourCustomActions(clio, context);
  for (const action of existing) {
    if (action.records === null || !records.includes(action.records))
      await deleteAction(clio, action.id, context);
    else if (action.targetUrl !== targetUrl) await updateAction(clio, action.id, targetUrl, context);
  }
  const existingKinds = new Set(existing.map((action) => action.records));
  for (const kind of records)
    if (!existingKinds.has(kind)) await createAction(clio, kind, targetUrl, context);
}

/** Deletes every custom action of this service from the connected user. Throws as `ClioAccess.request` does. */
export async function removeCustomActions(clio: ClioAccess, context: RequestContext): Promise<void> {
  for (const { id } of await ourCustomActions(clio, context)) await deleteAction(clio, id, context);
}

async function createAction(
  clio: ClioAccess,
  kind: SubjectType,
  targetUrl: string,
  context: RequestContext,
): Promise<void> {
  const data = { label: ACTION_LABEL, target_url: targetUrl, ui_reference: `${kind}/show` };
  try {
    await clio.request(
      { method: "POST", path: `${PATH}.json`, body: { data }, schema: z.unknown(), permission: PERMISSION },
      context,
    );
  } catch (error) {
    // The action already exists.
    if (!(error instanceof ClioUnprocessableError)) throw error;
  }
}

async function updateAction(
  clio: ClioAccess,
  id: number,
  targetUrl: string,
  context: RequestContext,
): Promise<void> {
  const body = { data: { target_url: targetUrl } };
  const path = `${PATH}/${id}.json`;
  await clio.request({ method: "PATCH", path, body, schema: z.unknown(), permission: PERMISSION }, context);
}

async function deleteAction(clio: ClioAccess, id: number, context: RequestContext): Promise<void> {
  try {
    const path = `${PATH}/${id}.json`;
    await clio.request({ method: "DELETE", path, schema: z.unknown(), permission: PERMISSION }, context);
  } catch (error) {
    // It was already deleted.
    if (!(error instanceof NotFoundError)) throw error;
  }
}
