import { z } from "zod";

export const NOT_A_USER = "must be the ID of a connected user.";

/** A form that names a user of the firm. */
export const UserForm = z.object({
  user_id: z.coerce.number({ error: NOT_A_USER }).int({ error: NOT_A_USER }),
});
