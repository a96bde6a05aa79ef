import type { RequestHandler } from "express";
import { z } from "zod";
import { findingsOfContact } from "../../call-log/findings.ts";
import { type LookedUpContact, lookupContact } from "../../calls/lookup-contact.ts";
import type { Services } from "../../container.ts";
import { parseQuery } from "../parse-input.ts";
import { spokenParameter, textParameter } from "../text-parameter.ts";
import { callerNumber } from "./caller-number.ts";
import { CandidateCount, MatchedOn, Message } from "./caller-schemas.ts";
import { receptionistRoute } from "./receptionist-route.ts";

export const LookupContactQuery = z.object({
  phone: textParameter().optional().meta({
    description: "The whole caller ID, with country code. Preferred over last_4; one of the two is required.",
    example: "+14155550171",
  }),
  last_4: textParameter().optional().meta({
    description: "The last four digits of the caller ID, if the whole number isn't known.",
    example: "0171",
  }),
  name: spokenParameter().meta({
    description: "The caller's full name, as they said it. Send it only if a message asked for it.",
    example: "Jane Doe",
  }),
});

export const LookupContactAnswer = z
  .object({
    found: z.boolean().meta({ description: "Whether exactly one contact matched." }),
    data: z
      .object({
        id: z.int().meta({ description: "Send it as clio_contact_id to find the responsible staff." }),
        name: z.string().nullable(),
        first_name: z.string().nullable(),
        last_name: z.string().nullable(),
        type: z.enum(["Person", "Company"]).nullable(),
      })
      .nullable()
      .meta({
        description: "The caller's contact in Clio, or null. Don't read it to the caller.",
      }),
    matched_on: MatchedOn,
    candidate_count: CandidateCount,
    message: Message,
  })
  .meta({ id: "LookupContactAnswer" });

/** `GET /lookup-contact`: the contact who is calling, if exactly one matches. */
export function lookupContactRoute(services: Services): RequestHandler {
  const { settings } = services;
  return receptionistRoute(services, async (input, directory, recordLookup) => {
    const { last_4, phone, name } = parseQuery(LookupContactQuery, input);
    const number = callerNumber({ phone, last_4 }, settings.defaultCountry);
    const found = await recordLookup(
      { action: "lookup_contact", number, name, matter: null, contactId: null },
      lookupContact(directory, settings, { number, name }),
      (result) => findingsOfContact(result, settings.routeByName && name === null),
    );
    return present(found);
  });
}

function present({
  contact,
  matchedOn,
  candidateCount,
  message,
}: LookedUpContact): z.infer<typeof LookupContactAnswer> {
  return {
    found: contact !== null,
    data: contact && {
      id: contact.id,
      name: contact.name,
      first_name: contact.firstName,
      last_name: contact.lastName,
      type: contact.type,
    },
    matched_on: matchedOn,
    candidate_count: candidateCount,
    message,
  };
}
