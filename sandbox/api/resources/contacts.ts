import { Router } from "express";
import type { FirmContact } from "../../firms/firm.ts";
import {
  type ApiResponse,
  idFromPath,
  matchesAll,
  queryFilter,
  sendList,
  sendRecord,
  sinceFilters,
} from "../endpoint.ts";

/**
 * `GET /contacts` and `GET /contacts/:id`.
 *
 * `query` is Clio's text search: it finds a contact when each word occurs anywhere in its name, email, address, number
 * as typed and so on. So `0161` finds a street number, and does not find the number `415 555-01 61`.
 * Source: docs/explanation/how-clio-behaves.md, "Searching contacts".
 */
export function contacts(): Router {
  const router = Router();

  router.get("/contacts", (request, response: ApiResponse) => {
    sendList<FirmContact>(request, response, "Contact", (parameters) => {
      const { user, records } = response.locals.viewer;
      const ids = parameters.integers("ids[]");
      const type = parameters.oneOf("type", ["Person", "Company"]);
      const matches = queryFilter(parameters);
      return {
        collection: records.contacts,
        items: ids && records.contacts.getMany(ids),
        maxLimit: 200,
        orders: ["name", "shared_at"],
        filter: matchesAll<FirmContact>([
          user.hiddenContacts.size > 0 && (({ id }) => !user.hiddenContacts.has(id)),
          type && ((contact) => contact.type === type),
          parameters.flag("client_only") && (({ is_client }) => is_client),
          parameters.flag("email_only") && (({ email_addresses }) => email_addresses.length > 0),
          ...sinceFilters<FirmContact>(parameters),
          matches && ((contact) => matches(records.searchText(contact))),
        ]),
      };
    });
  });

  router.get("/contacts/:id", (request, response: ApiResponse) => {
    sendRecord(request, response, "Contact", response.locals.viewer.contact(idFromPath(request)));
  });

  return router;
}
