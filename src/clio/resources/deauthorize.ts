import { z } from "zod";
import type { ClioRequest } from "../client.ts";

/** Ends the user's grant, with all its tokens (docs/explanation/how-clio-behaves.md, "Ending access"). */
export const deauthorize: ClioRequest<unknown> = {
  method: "POST",
  path: "/oauth/deauthorize",
  schema: z.unknown(),
  permission: "",
};
