import type { RequestHandler } from "express";
import { z } from "zod";
import type { Contact } from "../calls/contact.ts";
import { lookupContactMessage } from "../calls/messages.ts";
import { settleSharedNumber } from "../calls/shared-number.ts";
import { type WhoIsCalling, whoIsCalling } from "../calls/who-is-calling.ts";
import { callerNumber } from "../http/caller-number.ts";
import { readQuery, saidParameter, textParameter } from "../http/query.ts";
import { receptionistRoute } from "../http/receptionist.ts";
import type { Services } from "../services.ts";

const LookupQuery = z.object({
  last_4: textParameter().optional(),
  phone: textParameter().optional(),
  name: saidParameter(),
});

/** `GET /lookup-contact`: the contact who calls from a number, when it can only be one. */
export function lookupContact({ settings, directory }: Services): RequestHandler {
  const { defaultCountry, greetByName } = settings;

  return receptionistRoute(async (request, { firmId, budget }) => {
    const { last_4, phone, name } = readQuery(LookupQuery, request);
    const number = callerNumber({ phone, last_4 }, defaultCountry);
    const contacts =
      number.kind === "withheld" ? [] : await directory.contactsByNumber(firmId, number, budget);
    return answer(settled(whoIsCalling({ number, name, contacts, defaultCountry })), name !== null);
  });

  function answer(caller: WhoIsCalling, nameWasGiven: boolean): object {
    const contact = caller.outcome === "one" ? caller.contact : null;
    const callerFirstName = greetByName ? (contact?.firstName ?? null) : null;
    return {
      found: contact !== null,
      data: contact && contactData(contact),
      matched_on: caller.outcome === "one" ? caller.matchedOn : null,
      candidate_count: caller.candidateCount,
      message: lookupContactMessage({ outcome: caller.outcome, nameWasGiven, callerFirstName }),
    };
  }
}

/** Of several who share one whole number, the one whose it is, where that can be told without their matters. */
function settled(caller: WhoIsCalling): WhoIsCalling {
  if (caller.outcome !== "several" || caller.numberMatch !== "phone") return caller;
  const shared = settleSharedNumber(caller.candidates, null);
  if (shared.settledOn !== "contact") return caller;
  return { ...caller, outcome: "one", contact: shared.contact, matchedOn: "phone" };
}

function contactData({ id, name, firstName, lastName, type }: Contact): object {
  return { id, name, first_name: firstName, last_name: lastName, type };
}
