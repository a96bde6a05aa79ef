import { z } from "zod";
import type { Budget } from "../budget.ts";
import { allPages, type ClioAccess, pageOf } from "./pages.ts";

const UserRecord = z
  .object({ id: z.number().int(), name: z.string().nullish(), enabled: z.boolean().nullish() })
  .transform(({ id, name, enabled }) => ({ id, name: name ?? null, enabled: enabled ?? null }));

const UserPage = pageOf(UserRecord);

/** Somebody with a login in the firm's Clio. */
export type FirmUser = z.infer<typeof UserRecord>;

/** Everybody with a login in the firm's Clio, the disabled ones as well. */
export function firmUsers(clio: ClioAccess, budget: Budget): Promise<FirmUser[]> {
  return allPages(
    clio,
    {
      path: "/api/v4/users.json",
      params: { fields: "id,name,enabled" },
      page: UserPage,
      permission: "Users (read)",
    },
    budget,
  );
}

/** One user's name, as far as the connected user may see it. Throws as `ClioAccess.ask` does. */
export async function userName(clio: ClioAccess, id: number, budget: Budget): Promise<string | null> {
  const { data } = await clio.ask(
    {
      path: `/api/v4/users/${id}.json`,
      params: { fields: "id,name,enabled" },
      answer: z.object({ data: UserRecord }),
      permission: "Users (read)",
    },
    budget,
  );
  return data.name;
}
