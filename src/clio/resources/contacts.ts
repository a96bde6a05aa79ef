import { z } from "zod";
import type { Contact } from "../../calls/contact.ts";
import type { RequestContext } from "../../runtime/request-context.ts";
import { type ClioAccess, pageSchema, readAllPages } from "../paging.ts";

/** Everything of a contact that deciding about a call takes. */
export const CONTACT_FIELDS = "id,name,first_name,last_name,type,is_client,phone_numbers{number}";

/** A contact as Clio sends it: everything but the id may be absent or redacted (clio-facts, `X-API-VERSION`). */
export const ContactRecord = z
  .object({
    id: z.number().int(),
    name: z.string().nullish(),
    first_name: z.string().nullish(),
    last_name: z.string().nullish(),
    type: z.enum(["Person", "Company"]).nullish().catch(null),
    is_client: z.boolean().nullish(),
    phone_numbers: z.array(z.object({ number: z.string().nullish() }).nullable()).nullish(),
  })
  .transform(
    (record): Contact => ({
      id: record.id,
      name: record.name ?? null,
      firstName: record.first_name ?? null,
      lastName: record.last_name ?? null,
      type: record.type ?? null,
      isClient: record.is_client ?? null,
      phoneNumbers: (record.phone_numbers ?? []).flatMap((entry) => entry?.number ?? []),
    }),
  );

const ContactPage = pageSchema(ContactRecord);

/**
 * Contacts in which Clio's wildcard search finds the text anywhere: a street number or an e-mail will do for it
 * (clio-facts, Contacts), so phone numbers and names still have to be compared.
 * @param text a run of digits, or a name
 */
export function searchContacts(clio: ClioAccess, text: string, context: RequestContext): Promise<Contact[]> {
  return readAllPages(
    clio,
    {
      path: "/api/v4/contacts.json",
      params: { query: text, fields: CONTACT_FIELDS },
      page: ContactPage,
      permission: "Contacts (read)",
    },
    context,
  );
}
