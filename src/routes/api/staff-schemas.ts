import { z } from "zod";
import { type CountryCode, formatPhoneNumber } from "../../calls/matching/phone-number.ts";
import type { AwayPerson, NamedStaffMember } from "../../calls/matching/who-takes-the-call.ts";
import { STAFF_ROLES } from "../../calls/matter.ts";

export const Found = z.boolean().meta({ description: "Whether there is someone to transfer to." });

export const Role = z.enum(STAFF_ROLES).meta({
  description: "The person's role on the matter in Clio. For a stand-in, the role of the person who is away.",
});

export const PhoneNumber = z.string().nullable().meta({
  description: "The person's number, in E.164 if it can be parsed. Null if Clio has none.",
});

export const Extension = z.string().nullable().meta({ description: "The extension, if there is one." });

export const TransferTo = z.string().nullable().meta({
  description: "The name of the person to transfer to, as in their transfer rule. Null if there is no one.",
});

export const Ambiguous = z.boolean().meta({
  description:
    "Whether the caller's open matters belong to different people. If true, ask which matter the call is about before transferring.",
});

export const Relation = z.string().nullable().meta({
  description:
    "The caller's part in the matter, as Clio describes it (Spouse; empty if Clio doesn't say), if the caller isn't its client. Null for the caller's own matter. Don't read it to the caller.",
});

export const Away = z
  .object({
    name: z.string(),
    until: z.iso.datetime({ offset: true }).nullable().meta({
      description: "When the person is back, in the firm's time zone. Null if no end is known.",
      example: "2026-11-27T17:00:00-08:00",
    }),
  })
  .nullable()
  .meta({
    description:
      "The person who would take the call, but is away. Null if they are there. Don't read it to the caller.",
  });

export function presentAway(away: AwayPerson | null): z.infer<typeof Away> {
  return away && { name: away.person.name, until: away.until };
}

/** How to reach a person, for a response: the number in E.164 if it can be parsed, otherwise as typed in Clio. */
export function presentStaff(
  { id, name, phoneNumber: typed, formattedNumber }: NamedStaffMember,
  country: CountryCode,
) {
  const { phoneNumber, extension } = formattedNumber ?? formatPhoneNumber(typed, country);
  return { id, name, phone_number: phoneNumber, extension };
}
