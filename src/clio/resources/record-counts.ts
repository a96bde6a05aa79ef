import { z } from "zod";
import type { RequestContext } from "../../runtime/request-context.ts";
import type { ClioAccess } from "../paging.ts";

/** How many records a user can see in Clio; null where Clio doesn't say. */
export interface RecordCounts {
  readonly contacts: number | null;
  readonly matters: number | null;
}

/** What a user can see in Clio, or a sentence that says why it isn't known. */
export type VisibleRecords = { readonly counts: RecordCounts } | { readonly problem: string };

/** A list without its records: only the total counts (docs/explanation/how-clio-behaves.md, "Paging"). */
const CountedPage = z
  .object({ meta: z.object({ records: z.number().int().nullish() }).nullish() })
  .transform(({ meta }) => meta?.records ?? null);

/** Counts the contacts and matters that a user can see, with one request each. Throws as `ClioAccess.request` does. */
export async function countRecords(clio: ClioAccess, context: RequestContext): Promise<RecordCounts> {
  const count = (path: string, permission: string) =>
    clio.request({ path, params: { fields: "id", limit: 1 }, schema: CountedPage, permission }, context);
  const [contacts, matters] = await Promise.all([
    count("/api/v4/contacts.json", "Contacts (read)"),
    count("/api/v4/matters.json", "Matters (read)"),
  ]);
  return { contacts, matters };
}
