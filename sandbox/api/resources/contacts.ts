import { type NextFunction, type Request, Router } from "express";
import type { FirmContact } from "../../firms/firm.ts";
import type { FirmChanges } from "../../firms/firm-changes.ts";
import { forbidden, recordNotFound } from "../clio-error.ts";
import { changedContact, createdContact } from "../contact-body.ts";
import {
  type ApiResponse,
  checkFields,
  idFromPath,
  matchesAll,
  queryFilter,
  sendList,
  sendRecord,
  sinceFilters,
} from "../endpoint.ts";
import { checkIfMatch } from "../if-match.ts";
import { jsonBody } from "../json-body.ts";

/**
 * `GET` and `POST /contacts`, `GET` and `PATCH /contacts/:id`. Writing also needs the `contacts_write` permission. Clio
 * doesn't look for duplicates.
 *
 * `query` is Clio's text search: it finds a contact when each word occurs anywhere in its name, email, address, number
 * as typed and so on. So `0161` finds a street number, and does not find the number `415 555-01 61`.
 * Source: docs/explanation/how-clio-behaves.md, "Searching contacts".
 */
export function contacts(changesOf: (accountId: number) => FirmChanges): Router {
  const router = Router();

  const requireWrite = (_request: Request, response: ApiResponse, next: NextFunction) => {
    if (!response.locals.viewer.hasPermission("contacts_write")) throw forbidden("contacts_write");
    next();
  };
  router.post("/contacts", requireWrite);
  router.patch("/contacts/:id", requireWrite);

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

  router.post("/contacts", ...jsonBody, (request: Request, response: ApiResponse) => {
    checkFields(request, "Contact");
    const { records } = response.locals.viewer;
    const contact = createdContact(request, records);
    response.status(201);
    sendRecord(request, response, "Contact", changesOf(records.account.id).addContact(contact));
  });

  router.patch("/contacts/:id", ...jsonBody, (request: Request<{ id: string }>, response: ApiResponse) => {
    checkFields(request, "Contact");
    const { viewer } = response.locals;
    const contact = viewer.contact(idFromPath(request));
    if (!contact) throw recordNotFound();
    checkIfMatch(request, "Contact", contact);
    const patch = changedContact(request, contact);
    sendRecord(request, response, "Contact", changesOf(viewer.records.account.id).contact(contact.id, patch));
  });

  return router;
}
