import { z } from "zod";
import type { Contact } from "../../calls/contact.ts";
import { type LookedUpContact, lookupContact } from "../../calls/lookup-contact.ts";
import type { Services } from "../../container.ts";
import { parseQuery, saidParameter, textParameter } from "../../http/parse-query.ts";
import type { AnswerQuery } from "../../http/receptionist-route.ts";
import { callerNumber } from "./caller-number.ts";
import { CandidateCount, MatchedOn, Message } from "./caller-schemas.ts";

export const LookupContactQuery = z.object({
  phone: textParameter().optional().meta({
    description: "The whole caller ID, with country code. Better than last_4; one of the two is required.",
    example: "+14155550171",
  }),
  last_4: textParameter().optional().meta({
    description: "The last four digits of the caller ID, when the whole number is not known.",
    example: "0171",
  }),
  name: saidParameter().meta({
    description: "The caller's full name as they said it. Only when a message asked for it.",
    example: "Jane Doe",
  }),
});

export const LookupContactAnswer = z
  .object({
    found: z.boolean().meta({ description: "Whether exactly one contact is calling." }),
    data: z
      .object({
        id: z.int().meta({ description: "Pass it as clio_contact_id to find the responsible staff." }),
        name: z.string().nullable(),
        first_name: z.string().nullable(),
        last_name: z.string().nullable(),
        type: z.enum(["Person", "Company"]).nullable(),
      })
      .nullable()
      .meta({
        description: "The contact in Clio; null when nobody was found. Do not read it to the caller.",
      }),
    matched_on: MatchedOn,
    candidate_count: CandidateCount,
    message: Message,
  })
  .meta({ id: "LookupContactAnswer" });

/** `GET /lookup-contact`: the contact who is calling, if it can only be one. */
export function answerLookupContact({ settings }: Pick<Services, "settings">): AnswerQuery {
  return async (query, directory) => {
    const { last_4, phone, name } = parseQuery(LookupContactQuery, { query });
    const number = callerNumber({ phone, last_4 }, settings.defaultCountry);
    return present(await lookupContact(directory, settings, { number, name }));
  };
}

function present(found: LookedUpContact): z.infer<typeof LookupContactAnswer> {
  const { contact, matchedOn, candidateCount, message } = found;
  return {
    found: contact !== null,
    data: contact && contactData(contact),
    matched_on: matchedOn,
    candidate_count: candidateCount,
    message,
  };
}

function contactData({ id, name, firstName, lastName, type }: Contact) {
  return { id, name, first_name: firstName, last_name: lastName, type };
}
