import { z } from "zod";
import type { ClioRequest } from "../client.ts";

/** The user a token belongs to; `account` is their firm. */
export interface ClioUser {
  readonly id: number;
  readonly name: string | null;
  readonly email: string | null;
  readonly isAccountOwner: boolean;
  /** As Clio writes it, usually an IANA name. */
  readonly timeZone: string | null;
  readonly account: { readonly id: number; readonly name: string | null };
}

const Account = z
  .object({ id: z.number().int(), name: z.string().nullish() })
  .transform(({ id, name }) => ({ id, name: name ?? null }));

/** Finds out whose token it is (docs/explanation/how-clio-behaves.md, "Whose token it is"). */
export const whoAmI: ClioRequest<ClioUser> = {
  path: "/api/v4/users/who_am_i.json",
  params: { fields: "id,name,email,account_owner,time_zone,account{id,name}" },
  permission: "Users (read)",
  schema: z
    .object({
      data: z.object({
        id: z.number().int(),
        name: z.string().nullish(),
        email: z.string().nullish(),
        account_owner: z.boolean().nullish(),
        time_zone: z.string().nullish(),
        account: Account,
      }),
    })
    .transform(({ data: { account_owner, time_zone, ...user } }) => ({
      ...user,
      name: user.name ?? null,
      email: user.email ?? null,
      isAccountOwner: account_owner ?? false,
      timeZone: time_zone ?? null,
    })),
};
