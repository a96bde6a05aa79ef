import { z } from "zod";
import type { RequestContext } from "../../runtime/request-context.ts";
import type { ClioAccess } from "../paging.ts";

const Created = z.object({ data: z.object({ id: z.number().int() }) });

/**
 * Creates a record in Clio. The request is sent once, because Clio creates another record for a repeated one
 * (docs/explanation/how-clio-behaves.md).
 * @returns the record's ID
 * Throws as `ClioAccess.request` does.
 */
export async function createRecord(
  clio: ClioAccess,
  { path, permission, data }: { path: string; permission: string; data: object },
  context: RequestContext,
): Promise<number> {
  const created = await clio.request(
    { method: "POST", path, params: { fields: "id" }, body: { data }, schema: Created, permission },
    context,
  );
  return created.data.id;
}
