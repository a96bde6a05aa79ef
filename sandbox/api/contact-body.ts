import type { Request } from "express";
import { z } from "zod";
import { company, type FirmContact, type PhoneNumber } from "../firms/firm.ts";
import type { RecordPatch } from "../firms/firm-changes.ts";
import type { FirmRecords } from "../firms/firm-records.ts";
import { recordNotFound, unprocessable } from "./clio-error.ts";
import { Id, oneOf, readBody, Text } from "./read-body.ts";

const Name = z.string({ error: "must be a string" });
const PhoneNames = oneOf(["Work", "Home", "Mobile", "Fax", "Pager", "Skype", "Other"]);

const NewPhone = z.strictObject({
  name: PhoneNames.default("Work"),
  number: Text,
  default_number: z.boolean({ error: "must be true or false" }).default(false),
});

const ChangedPhone = NewPhone.partial().extend({
  id: Id.optional(),
  _destroy: z.boolean({ error: "must be true or false" }).default(false),
});

const NewContact = z.strictObject({
  type: oneOf(["Person", "Company"]),
  name: Name.optional(),
  first_name: Name.optional(),
  middle_name: Name.optional(),
  last_name: Name.optional(),
  title: Name.optional(),
  phone_numbers: z.array(NewPhone).default([]),
});

const ChangedContact = z.strictObject({ phone_numbers: z.array(ChangedPhone).default([]) });

/** The new contact in a `POST`, which is no client yet. Throws a 422 for a person or company without a name. */
export function createdContact(request: Request, records: FirmRecords): FirmContact {
  const { name, phone_numbers, ...values } = readBody(request, NewContact);
  const parts = [values.first_name, values.middle_name, values.last_name].map((part) => part?.trim());
  if (values.type === "Person" && !parts[0] && !parts[2]) {
    throw unprocessable("first_name or last_name can't be blank.");
  }
  if (values.type === "Company" && !name?.trim()) throw unprocessable("name can't be blank.");
  const id = records.contacts.nextId();
  const [first_name = null, middle_name = null, last_name = null] = parts.map((part) => part || null);
  const names =
    values.type === "Person"
      ? { name: parts.filter(Boolean).join(" "), first_name, middle_name, last_name }
      : { name: name?.trim() ?? "" };
  const phones = addPhones([], phone_numbers, id);
  return company(id, names.name, {
    more: {
      ...names,
      type: values.type,
      title: values.title ?? null,
      is_client: false,
      phone_numbers: phones,
    },
  });
}

/**
 * The new values of a contact in a `PATCH`: numbers to add (without `id`), change, or remove (`_destroy`). Throws a 404
 * for the `id` of a number that the contact doesn't have.
 */
export function changedContact(request: Request<object>, contact: FirmContact): RecordPatch<FirmContact> {
  const { phone_numbers: changes } = readBody(request, ChangedContact);
  let phones = contact.phone_numbers;
  for (const { id, _destroy, default_number, ...values } of changes) {
    if (id === undefined) {
      phones = addPhones(phones, [readPhone({ ...values, default_number })], contact.id);
      continue;
    }
    const phone = phones.find((each) => each.id === id);
    if (!phone) throw recordNotFound();
    phones = _destroy
      ? phones.filter((each) => each !== phone)
      : withPrimary(
          phones.map((each) => (each === phone ? { ...each, ...withoutUndefined(values) } : each)),
          default_number ? id : undefined,
        );
  }
  return { phone_numbers: phones };
}

function readPhone(values: object): z.infer<typeof NewPhone> {
  const { data, error } = NewPhone.safeParse(withoutUndefined(values));
  if (error)
    throw unprocessable(`phone_numbers.${error.issues[0]?.path.join(".")} ${error.issues[0]?.message}.`);
  return data;
}

function addPhones(
  current: readonly PhoneNumber[],
  added: readonly z.infer<typeof NewPhone>[],
  contactId: number,
): PhoneNumber[] {
  let phones = [...current];
  for (const { name, number, default_number } of added) {
    const id = Math.max(contactId * 10 - 1, ...phones.map((phone) => phone.id)) + 1;
    phones.push({ id, name, number, primary: phones.length === 0 });
    phones = withPrimary(phones, default_number ? id : undefined);
  }
  return phones;
}

/** Makes one number the primary one; undefined changes nothing. */
function withPrimary(phones: PhoneNumber[], id: number | undefined): PhoneNumber[] {
  return id === undefined ? phones : phones.map((phone) => ({ ...phone, primary: phone.id === id }));
}

function withoutUndefined(values: object): object {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
