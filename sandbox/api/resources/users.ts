import { Router } from "express";
import type { FirmUser } from "../../firms/firm.ts";
import { type ApiResponse, idFromPath, matchesAll, sendList, sendRecord, sinceFilters } from "../endpoint.ts";

const ORDERS = ["email", "enabled", "name", "first_name", "last_name", "initials", "subscription_type"];

/** `GET /users/who_am_i` (the token's user), `GET /users` and `GET /users/:id`. */
export function users(): Router {
  const router = Router();

  router.get("/users/who_am_i", (request, response: ApiResponse) => {
    sendRecord(request, response, "User", response.locals.viewer.user);
  });

  router.get("/users", (request, response: ApiResponse) => {
    sendList<FirmUser>(request, response, "User", (parameters) => {
      const { users } = response.locals.viewer.records;
      const ids = parameters.integers("ids[]");
      const enabled = parameters.flag("enabled");
      const name = parameters.text("name");
      return {
        collection: users,
        items: ids && users.getMany(ids),
        maxLimit: 2000,
        orders: ORDERS,
        filter: matchesAll<FirmUser>([
          enabled !== undefined && ((user) => user.enabled === enabled),
          name !== undefined && ((user) => user.name === name),
          ...sinceFilters<FirmUser>(parameters),
        ]),
      };
    });
  });

  router.get("/users/:id", (request, response: ApiResponse) => {
    sendRecord(request, response, "User", response.locals.viewer.records.users.get(idFromPath(request)));
  });

  return router;
}
