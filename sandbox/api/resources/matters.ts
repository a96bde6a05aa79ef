import { Router } from "express";
import type { FirmMatter } from "../../firms/firm.ts";
import {
  type ApiResponse,
  idFromPath,
  matchesAll,
  queryFilter,
  sendList,
  sendRecord,
  sinceFilters,
} from "../endpoint.ts";

const ORDERS = [
  "display_number",
  "custom_number",
  "client.name",
  "open_date",
  "practice_area.name",
  "matter_stage.name",
  "responsible_attorney.name",
  "close_date",
  "pending_date",
  "updated_at",
  "created_at",
  "statute_of_limitations.due_at",
  "originating_attorney.name",
  "grants",
  "matter_stage_updated_at",
];

/**
 * `GET /matters` and `GET /matters/:id`. `status` takes several values, separated by commas. A role's filter, such as
 * `responsible_staff_id`, takes `null` for matters without that role.
 */
export function matters(): Router {
  const router = Router();

  router.get("/matters", (request, response: ApiResponse) => {
    sendList<FirmMatter>(request, response, "Matter", (parameters) => {
      const { user, records } = response.locals.viewer;
      const client = parameters.integer("client_id");
      const ids = parameters.integers("ids[]");
      const statuses = parameters.someOf("status", ["open", "pending", "closed"]);
      const staff = parameters.idOrNull("responsible_staff_id");
      const attorney = parameters.idOrNull("responsible_attorney_id");
      const originatingAttorney = parameters.idOrNull("originating_attorney_id");
      const matches = queryFilter(parameters);
      return {
        collection: records.matters,
        items: client !== undefined ? records.mattersOf(client) : ids && records.matters.getMany(ids),
        maxLimit: 200,
        orders: ORDERS,
        filter: matchesAll<FirmMatter>([
          user.hiddenMatters.size > 0 && (({ id }) => !user.hiddenMatters.has(id)),
          ids && client !== undefined && (({ id }) => ids.includes(id)),
          statuses && (({ status }) => statuses.some((each) => each === status.toLowerCase())),
          staff !== undefined && ((matter) => matter.responsible_staff_id === staff),
          attorney !== undefined && ((matter) => matter.responsible_attorney_id === attorney),
          originatingAttorney !== undefined &&
            ((matter) => matter.originating_attorney_id === originatingAttorney),
          ...sinceFilters<FirmMatter>(parameters),
          matches &&
            ((matter) => {
              const name = records.contacts.get(matter.client_id)?.name;
              return matches(`${matter.display_number}\n${matter.description}\n${name}`.toLowerCase());
            }),
        ]),
      };
    });
  });

  router.get("/matters/:id", (request, response: ApiResponse) => {
    const { viewer } = response.locals;
    const id = idFromPath(request);
    sendRecord(
      request,
      response,
      "Matter",
      viewer.canSeeMatter(id) ? viewer.records.matters.get(id) : undefined,
    );
  });

  return router;
}
