import { z } from "zod";
import type { Contact } from "../../calls/contact.ts";
import type { RequestContext } from "../../runtime/request-context.ts";
import { type ClioAccess, pageSchema, readAllPages } from "../paging.ts";
import { createRecord } from "./create-record.ts";

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

const WRITE_PERMISSION = "Contacts (write)";

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

/**
 * Lists contacts by their IDs. Those that were deleted or that Clio hides are missing.
 * @param ids at most `MAX_IDS_PER_REQUEST`
 * Throws as `ClioAccess.request` does.
 */
export function listContactsById(
  clio: ClioAccess,
  ids: readonly number[],
  context: RequestContext,
): Promise<Contact[]> {
  return readAllPages(
    clio,
    {
      path: "/api/v4/contacts.json",
      params: { ids, fields: CONTACT_FIELDS },
      page: ContactPage,
      permission: "Contacts (read)",
    },
    context,
  );
}

/**
 * Creates a person with one phone number. Clio doesn't look for duplicates, so a repeated request creates another one.
 * @returns the contact's ID
 * Throws as `ClioAccess.request` does: `ClioUnprocessableError` if both names are blank.
 */
export async function createPerson(
  clio: ClioAccess,
  { firstName, lastName, phoneNumber }: { firstName: string; lastName: string; phoneNumber: string },
  context: RequestContext,
): Promise<number> {
  const data = {
    type: "Person",
    name: `${firstName} ${lastName}`.trim(),
    first_name: firstName,
    last_name: lastName,
    phone_numbers: [{ ...newPhone(phoneNumber), default_number: true }],
  };
  return createRecord(clio, { path: "/api/v4/contacts.json", permission: WRITE_PERMISSION, data }, context);
}

const Updated = z.object({ data: z.object({ id: z.number().int() }) });

/**
 * Adds a phone number to a contact, and leaves its other numbers as they are. A repeated request adds it twice.
 * Throws as `ClioAccess.request` does.
 */
export async function addPhoneNumber(
  clio: ClioAccess,
  contactId: number,
  phoneNumber: string,
  context: RequestContext,
): Promise<void> {
  await clio.request(
    {
      method: "PATCH",
      path: `/api/v4/contacts/${contactId}.json`,
      params: { fields: "id" },
      body: { data: { phone_numbers: [newPhone(phoneNumber)] } },
      schema: Updated,
      permission: WRITE_PERMISSION,
    },
    context,
  );
}

/** Nothing is known about the kind of a number that called. */
function newPhone(number: string) {
  return { name: "Other", number };
}
