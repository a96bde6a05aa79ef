import { Router } from "express";
import type { FirmRelationship } from "../../firms/firm-relationships.ts";
import { type ApiResponse, idFromPath, matchesAll, sendList, sendRecord, sinceFilters } from "../endpoint.ts";

/**
 * `GET /relationships` and `GET /relationships/:id`. A contact that is hidden from the user is null.
 * Source: docs/explanation/how-clio-behaves.md, "Relationships".
 */
export function relationships(): Router {
  const router = Router();

  router.get("/relationships", (request, response: ApiResponse) => {
    sendList<FirmRelationship>(request, response, "Relationship", (parameters) => {
      const { viewer } = response.locals;
      const { records } = viewer;
      const contact = parameters.integer("contact_id");
      const matter = parameters.integer("matter_id");
      const ids = parameters.integers("ids[]");
      return {
        collection: records.relationships,
        items:
          contact !== undefined
            ? records.relationshipsOfContact(viewer.contact(contact)?.id ?? -1)
            : ids && records.relationships.getMany(ids),
        maxLimit: 200,
        orders: [],
        filter: matchesAll<FirmRelationship>([
          contact !== undefined && ids && (({ id }) => ids.includes(id)),
          matter !== undefined && (({ matter_id }) => matter_id === matter),
          ...sinceFilters<FirmRelationship>(parameters),
        ]),
      };
    });
  });

  router.get("/relationships/:id", (request, response: ApiResponse) => {
    const { relationships } = response.locals.viewer.records;
    sendRecord(request, response, "Relationship", relationships.get(idFromPath(request)));
  });

  return router;
}
