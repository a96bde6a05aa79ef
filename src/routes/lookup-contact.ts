import { z } from "zod";
import type { Contact } from "../calls/contact.ts";
import { contactFoundMessage, unknownCallerMessage } from "../calls/messages.ts";
import { findCaller } from "../directory/find-caller.ts";
import { CandidateCount, MatchedOn, Message, unknownCaller } from "../http/caller-answers.ts";
import { callerNumber } from "../http/caller-number.ts";
import { readQuery, saidParameter, textParameter } from "../http/query.ts";
import type { Answer } from "../http/receptionist.ts";
import type { Services } from "../services.ts";

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

/** `GET /lookup-contact`: the contact who calls from a number, when it can only be one. */
export function lookupContact({ settings, directory }: Services): Answer {
  return async (query, call) => {
    const { last_4, phone, name } = readQuery(LookupContactQuery, { query });
    const number = callerNumber({ phone, last_4 }, settings.defaultCountry);
    const { caller } = await findCaller(directory, settings, { number, name, matter: null }, call);
    const { candidateCount } = caller;
    if (caller.outcome !== "one") {
      const message = unknownCallerMessage(unknownCaller(caller, name, settings.routeByName));
      return answer({ found: false, data: null, matched_on: null, candidate_count: candidateCount, message });
    }
    const { contact, matchedOn } = caller;
    return answer({
      found: true,
      data: contactData(contact),
      matched_on: matchedOn,
      candidate_count: candidateCount,
      message: contactFoundMessage(settings.greetByName ? contact.firstName : null),
    });
  };
}

function answer(fields: z.infer<typeof LookupContactAnswer>) {
  return fields;
}

function contactData({ id, name, firstName, lastName, type }: Contact) {
  return { id, name, first_name: firstName, last_name: lastName, type };
}
