import { z } from "zod";
import { ClioUnprocessableError, NotFoundError } from "../../errors.ts";
import type { RequestContext } from "../../runtime/request-context.ts";
import { type ClioAccess, pageSchema, readAllPages } from "../paging.ts";
import type { SubjectType } from "../subject-types.ts";

/** What the menu entry is called in Clio; an action of ours is recognised by it. */
export const ACTION_LABEL = "Find responsible staff";

const PERMISSION = "Custom actions (write)";
const PATH = "/api/v4/custom_actions";

/** A custom action of the connected user (they are scoped to one user; clio-facts, Custom actions). */
export interface CustomAction {
  readonly id: number;
  /** The kind of record whose menu holds it. */
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

/** Where the actions belong, and where a click on one of them goes. */
export interface WantedActions {
  readonly targetUrl: string;
  readonly records: readonly SubjectType[];
}

/** The actions that this service wants in place: each kind of record of the setting, leading to its `/clio-action`. */
export function wantedActions(settings: {
  publicUrl: string;
  customActionRecords: readonly SubjectType[];
}): WantedActions {
  return { targetUrl: `${settings.publicUrl}/clio-action`, records: settings.customActionRecords };
}

/** The actions of ours that the connected user has. Throws as `ClioAccess.ask` does. */
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
 * Puts the action in place for the connected user: on each of the wanted kinds of record, with this address, and on no
 * other. What is in place already is left alone; a duplicate that Clio refuses (422) is in place as well.
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
    else if (action.targetUrl !== targetUrl) await mendAction(clio, action.id, targetUrl, context);
  }
  const inPlace = new Set(existing.map((action) => action.records));
  for (const kind of records) if (!inPlace.has(kind)) await createAction(clio, kind, targetUrl, context);
}

/** Takes every action of ours away from the connected user. */
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
    if (!(error instanceof ClioUnprocessableError)) throw error;
  }
}

async function mendAction(
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
    // Gone already is what was wanted.
    if (!(error instanceof NotFoundError)) throw error;
  }
}
