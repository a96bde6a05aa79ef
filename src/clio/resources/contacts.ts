import { z } from "zod";
import type { Contact } from "../../calls/contact.ts";
import type { RequestContext } from "../../runtime/request-context.ts";
import { type ClioAccess, pageSchema, readAllPages } from "../paging.ts";

/** The fields needed to identify a caller. */
export const CONTACT_FIELDS = "id,name,first_name,last_name,type,is_client,phone_numbers{number}";

/** Every field except `id` may be missing (docs/explanation/how-clio-behaves.md, "Missing fields"). */
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
 * Searches contacts with Clio's wildcard search. It also matches addresses and emails, so the caller of this function
 * has to compare phone numbers and names (docs/explanation/how-clio-behaves.md, "Searching contacts").
 * @param text a run of digits, or a name
 * Throws as `ClioAccess.request` does.
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
