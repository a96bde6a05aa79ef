import { z } from "zod";
import type { RequestContext } from "../../runtime/request-context.ts";
import { type ClioAccess, pageSchema, readAllPages } from "../paging.ts";

const UserRecord = z
  .object({ id: z.number().int(), name: z.string().nullish(), enabled: z.boolean().nullish() })
  .transform(({ id, name, enabled }) => ({ id, name: name ?? null, enabled: enabled ?? null }));

const UserPage = pageSchema(UserRecord);

/** Somebody with a login in the firm's Clio. */
export type FirmUser = z.infer<typeof UserRecord>;

/** Everybody with a login in the firm's Clio, the disabled ones as well. */
export function firmUsers(clio: ClioAccess, context: RequestContext): Promise<FirmUser[]> {
  return readAllPages(
    clio,
    {
      path: "/api/v4/users.json",
      params: { fields: "id,name,enabled" },
      page: UserPage,
      permission: "Users (read)",
    },
    context,
  );
}

/** One user's name, as far as the connected user may see it. Throws as `ClioAccess.ask` does. */
export async function userName(
  clio: ClioAccess,
  id: number,
  context: RequestContext,
): Promise<string | null> {
  const { data } = await clio.request(
    {
      path: `/api/v4/users/${id}.json`,
      params: { fields: "id,name,enabled" },
      schema: z.object({ data: UserRecord }),
      permission: "Users (read)",
    },
    context,
  );
  return data.name;
}
