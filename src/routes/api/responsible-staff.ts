import type { RequestHandler } from "express";
import { z } from "zod";
import { findingsOfStaff } from "../../call-log/findings.ts";
import { findResponsibleStaff, type ResponsibleStaff } from "../../calls/find-responsible-staff.ts";
import type { CountryCode } from "../../calls/matching/phone-number.ts";
import type { AttendedMatter } from "../../calls/matching/who-takes-the-call.ts";
import { type Matter, relationOf } from "../../calls/matter.ts";
import type { Services } from "../../container.ts";
import { parseQuery } from "../parse-input.ts";
import { spokenParameter, textParameter } from "../text-parameter.ts";
import { Message } from "./caller-schemas.ts";
import { receptionistRoute } from "./receptionist-route.ts";
import {
  Ambiguous,
  Away,
  Extension,
  Found,
  PhoneNumber,
  presentAway,
  presentStaff,
  Relation,
  Role,
  TransferTo,
} from "./staff-schemas.ts";

/** Language models like to put spaces or quotes around an ID. */
const ContactId = textParameter().transform((text, context) => {
  const digits = /^[\s"'`“”‘’]*(\d{1,16})[\s"'`“”‘’]*$/.exec(text)?.[1];
  const id = Number(digits);
  if (Number.isSafeInteger(id) && id > 0) return id;
  context.addIssue("must be the data.id that /lookup-contact returned: digits only, for example 2512428500.");
  return z.NEVER;
});

export const ResponsibleStaffQuery = z.object({
  clio_contact_id: ContactId.meta({
    description: "The data.id that lookup-contact returned.",
    example: "2512428500",
  }),
  matter: spokenParameter().meta({
    description:
      "Which matter the call is about, as the caller said it: its number, or words from its description. Send it only if a message asked for it.",
    example: "the lease renewal",
  }),
});

const MatterFields = z.object({
  display_number: z.string().nullable(),
  description: z.string().nullable(),
  status: z.enum(["Open", "Pending", "Closed"]).nullable(),
});

export const ResponsibleStaffAnswer = z
  .object({
    found: Found,
    data: MatterFields.extend({
      id: z.int(),
      responsible_staff: z.object({
        id: z.int(),
        name: z.string(),
        email: z.string().nullable(),
        phone_number: PhoneNumber,
        extension: Extension,
      }),
      role: Role,
    })
      .nullable()
      .meta({ description: "The matter the call is most likely about, and the person who takes the call." }),
    transfer_to: TransferTo,
    ambiguous: Ambiguous,
    matters: z
      .array(
        MatterFields.extend({
          responsible_staff: z.object({ name: z.string() }).nullable(),
          relation: Relation,
        }),
      )
      .max(10)
      .meta({
        description:
          "The contact's open and pending matters, or the ones the contact is related to if there are none. Closed ones if there are no others.",
      }),
    relation: Relation,
    away: Away,
    message: Message,
  })
  .meta({ id: "ResponsibleStaffAnswer" });

/** `GET /responsible-staff`: a contact's matters, and the person who takes the call. */
export function responsibleStaffRoute(services: Services): RequestHandler {
  const { settings } = services;
  return receptionistRoute(services, async (input, directory, recordLookup) => {
    const { clio_contact_id: contactId, matter } = parseQuery(ResponsibleStaffQuery, input);
    const staff = await recordLookup(
      { action: "responsible_staff", number: null, name: null, matter, contactId },
      findResponsibleStaff(directory, settings, contactId, matter),
      (result) => findingsOfStaff(result, contactId),
    );
    return present(staff, settings.defaultCountry);
  });
}

function present(
  { chosen, ambiguous, listed, message }: ResponsibleStaff,
  country: CountryCode,
): z.infer<typeof ResponsibleStaffAnswer> {
  const attended = chosen?.person ? chosen : null;
  return {
    found: attended !== null,
    data: attended && presentChosen(attended, country),
    transfer_to: attended?.person.name ?? null,
    ambiguous,
    matters: listed.map(({ matter, person }) => ({
      ...presentMatter(matter),
      responsible_staff: person && { name: person.name },
      relation: relationOf(matter),
    })),
    relation: chosen && relationOf(chosen.matter),
    away: presentAway(chosen?.away ?? null),
    message,
  };
}

function presentChosen({ matter, person, role }: AttendedMatter, country: CountryCode) {
  const { id, name, ...numbers } = presentStaff(person, country);
  return {
    id: matter.id,
    ...presentMatter(matter),
    responsible_staff: { id, name, email: person.email, ...numbers },
    role,
  };
}

function presentMatter({ displayNumber, description, status }: Matter) {
  return { display_number: displayNumber, description, status };
}
