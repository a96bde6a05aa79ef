import { z } from "zod";
import { type CountryCode, formatPhoneNumber } from "../../calls/matching/phone-number.ts";
import type { NamedStaffMember } from "../../calls/matching/who-takes-the-call.ts";
import { STAFF_ROLES } from "../../calls/matter.ts";

export const Role = z
  .enum(STAFF_ROLES)
  .meta({ description: "In which role they stand on the matter in Clio." });

export const PhoneNumber = z.string().nullable().meta({
  description: "Their number, in E.164 where it can be parsed; null when Clio has none.",
});

export const Extension = z
  .string()
  .nullable()
  .meta({ description: "The extension behind that number, if any." });

export const TransferTo = z.string().nullable().meta({
  description:
    "The name of the person to transfer to, as in the transfer rule of that name; null for nobody.",
});

export const Ambiguous = z.boolean().meta({
  description:
    "Whether the caller's open matters lead to different people: ask which matter the call is about before transferring.",
});

/** A person to transfer to, as the receptionist may know them: E.164 where the number can be parsed, else as typed. */
export function reachable({ id, name, phoneNumber: typed }: NamedStaffMember, country: CountryCode) {
  const { phoneNumber, extension } = formatPhoneNumber(typed, country);
  return { id, name, phone_number: phoneNumber, extension };
}
