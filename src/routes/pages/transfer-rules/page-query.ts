import { z } from "zod";
import { CHECKLIST_FILTERS, type ChecklistFilter } from "../../../views/transfer-rules-page.ts";

const MAX_SEARCH_LENGTH = 200;

const search = () =>
  z
    .string()
    .transform((text) => text.trim().slice(0, MAX_SEARCH_LENGTH))
    .catch("");

/** What the checklist shows. An address that was edited or cut off still shows the page. */
const checklistFields = {
  /** Searches the people. */
  q: search(),
  show: z.enum(CHECKLIST_FILTERS).catch("all"),
};

/** The query of `GET /transfer-rules`. */
export const PageQuery = z.object({
  ...checklistFields,
  /** The person whose rule is open. */
  person: z.coerce.number().int().nullable().catch(null),
  /** The person's rule changed while the user copied it. */
  outdated: z.literal("1").optional().catch(undefined),
  /** Searches the matters that reach no one. */
  matter: search(),
  page: z.coerce.number().int().min(1).catch(1),
});

const NOT_A_PERSON = "must be the ID of a user in Clio.";

/** A form about one person's rule. */
export const RuleForm = z.object({
  ...checklistFields,
  person_id: z.coerce
    .number({ error: NOT_A_PERSON })
    .int({ error: NOT_A_PERSON })
    .min(1, { error: NOT_A_PERSON }),
  version: z.string().catch(""),
});

/** The page with a person's rule open, and the checklist as it was. */
export function personAddress(
  { q, show }: { q: string; show: ChecklistFilter },
  personId: number,
  more: Readonly<Record<string, string>> = {},
): string {
  return `${checklistAddress({ q, show }, { person: String(personId), ...more })}#person-${personId}`;
}

export function checklistAddress(
  { q, show }: { q: string; show: ChecklistFilter },
  more: Readonly<Record<string, string>> = {},
): string {
  const query = new URLSearchParams({ ...(q && { q }), ...(show !== "all" && { show }), ...more });
  return query.size === 0 ? "/transfer-rules" : `/transfer-rules?${query}`;
}
