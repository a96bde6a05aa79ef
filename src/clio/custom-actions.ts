import { z } from "zod";
import type { Budget } from "../budget.ts";
import { ClioUnprocessable, NotFound } from "../errors.ts";
import { allPages, type ClioAccess, pageOf } from "./pages.ts";
import type { SubjectType } from "./subjects.ts";

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

const ActionPage = pageOf(ActionRecord);

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
export async function ourCustomActions(clio: ClioAccess, budget: Budget): Promise<CustomAction[]> {
  const actions = await allPages(
    clio,
    {
      path: `${PATH}.json`,
      params: { fields: "id,label,target_url,ui_reference" },
      page: ActionPage,
      unordered: true,
      permission: PERMISSION,
    },
    budget,
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
  budget: Budget,
): Promise<void> {
  const existing = await ourCustomActions(clio, budget);
  for (const action of existing) {
    if (action.records === null || !records.includes(action.records))
      await deleteAction(clio, action.id, budget);
    else if (action.targetUrl !== targetUrl) await mendAction(clio, action.id, targetUrl, budget);
  }
  const inPlace = new Set(existing.map((action) => action.records));
  for (const kind of records) if (!inPlace.has(kind)) await createAction(clio, kind, targetUrl, budget);
}

/** Takes every action of ours away from the connected user. */
export async function removeCustomActions(clio: ClioAccess, budget: Budget): Promise<void> {
  for (const { id } of await ourCustomActions(clio, budget)) await deleteAction(clio, id, budget);
}

async function createAction(
  clio: ClioAccess,
  kind: SubjectType,
  targetUrl: string,
  budget: Budget,
): Promise<void> {
  const data = { label: ACTION_LABEL, target_url: targetUrl, ui_reference: `${kind}/show` };
  try {
    await clio.ask(
      { method: "POST", path: `${PATH}.json`, body: { data }, answer: z.unknown(), permission: PERMISSION },
      budget,
    );
  } catch (error) {
    if (!(error instanceof ClioUnprocessable)) throw error;
  }
}

async function mendAction(clio: ClioAccess, id: number, targetUrl: string, budget: Budget): Promise<void> {
  const body = { data: { target_url: targetUrl } };
  const path = `${PATH}/${id}.json`;
  await clio.ask({ method: "PATCH", path, body, answer: z.unknown(), permission: PERMISSION }, budget);
}

async function deleteAction(clio: ClioAccess, id: number, budget: Budget): Promise<void> {
  try {
    const path = `${PATH}/${id}.json`;
    await clio.ask({ method: "DELETE", path, answer: z.unknown(), permission: PERMISSION }, budget);
  } catch (error) {
    // Gone already is what was wanted.
    if (!(error instanceof NotFound)) throw error;
  }
}
