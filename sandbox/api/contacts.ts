import { Router } from "express";
import type { FirmContact } from "../firms/firm.ts";
import { type ApiResponse, answerList, answerRecord, idOf, passes, since, wordSearch } from "./endpoint.ts";

/**
 * `GET /contacts` and `GET /contacts/:id`.
 *
 * `query` is Clio's wildcard search: plain text, each word anywhere in a contact's name, e-mail, address,
 * number as typed and so on. So `0161` finds a street number and does not find the number `415 555-01 61`.
 */
export function contacts(): Router {
  const router = Router();

  router.get("/contacts", (request, response: ApiResponse) => {
    answerList<FirmContact>(request, response, "Contact", (parameters) => {
      const { user, records } = response.locals.viewer;
      const ids = parameters.integers("ids[]");
      const type = parameters.oneOf("type", ["Person", "Company"]);
      const matches = wordSearch(parameters);
      return {
        collection: records.contacts,
        items: ids && records.contacts.among(ids),
        maxLimit: 200,
        orders: ["name", "shared_at"],
        keep: passes<FirmContact>([
          user.hiddenContacts.size > 0 && (({ id }) => !user.hiddenContacts.has(id)),
          type && ((contact) => contact.type === type),
          parameters.flag("client_only") && (({ is_client }) => is_client),
          parameters.flag("email_only") && (({ email_addresses }) => email_addresses.length > 0),
          ...since<FirmContact>(parameters),
          matches && ((contact) => matches(records.searchText(contact))),
        ]),
      };
    });
  });

  router.get("/contacts/:id", (request, response: ApiResponse) => {
    answerRecord(request, response, "Contact", response.locals.viewer.contact(idOf(request)));
  });

  return router;
}
