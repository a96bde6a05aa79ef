import type { RequestHandler } from "express";
import { z } from "zod";
import type { Matter } from "../calls/matter.ts";
import { responsibleStaffMessage } from "../calls/messages.ts";
import { type CountryCode, showPhoneNumber } from "../calls/phone-number.ts";
import { type AnsweredMatter, isLive, type WhichMatter, whichMatter } from "../calls/which-matter.ts";
import { readQuery, saidParameter, textParameter } from "../http/query.ts";
import { receptionistRoute } from "../http/receptionist.ts";
import type { Services } from "../services.ts";

/** The id as a language model may hand it on: spaces and quotes around it do not matter (contract). */
const ContactId = textParameter().transform((text, context) => {
  const digits = /^[\s"'`“”‘’]*(\d{1,16})[\s"'`“”‘’]*$/.exec(text)?.[1];
  const id = Number(digits);
  if (Number.isSafeInteger(id) && id > 0) return id;
  context.addIssue(
    "must be one run of digits, the data.id that /lookup-contact answered, for example 2512428500.",
  );
  return z.NEVER;
});

const StaffQuery = z.object({
  clio_contact_id: ContactId,
  matter: saidParameter(),
});

/** `GET /responsible-staff`: the contact's matters, and the person who takes the call for the likeliest of them. */
export function responsibleStaff({ settings, directory }: Services): RequestHandler {
  const { staffRoles, defaultCountry } = settings;

  return receptionistRoute(async (request, { firmId, budget }) => {
    const { clio_contact_id, matter } = readQuery(StaffQuery, request);
    const matters = await directory.mattersOf(firmId, clio_contact_id, budget);
    const choice = whichMatter(matters, staffRoles, matter);
    return {
      found: choice.chosen !== null,
      data: choice.chosen && matterData(choice.chosen, defaultCountry),
      transfer_to: choice.chosen?.person.name ?? null,
      ambiguous: choice.ambiguous,
      matters: choice.listed.map(({ matter, person }) => ({
        ...matterSummary(matter),
        responsible_staff: person && { name: person.name },
      })),
      message: messageFor(choice),
    };
  });
}

function matterData({ matter, person, role }: AnsweredMatter, country: CountryCode): object {
  const { id, name, email } = person;
  const { phoneNumber, extension } = showPhoneNumber(person.phoneNumber, country);
  return {
    id: matter.id,
    ...matterSummary(matter),
    responsible_staff: { id, name, email, phone_number: phoneNumber, extension },
    role,
  };
}

function matterSummary({ displayNumber, description, status }: Matter): object {
  return { display_number: displayNumber, description, status };
}

function messageFor({ chosen, ordered, ambiguous, askedFits }: WhichMatter): string {
  if (ordered.length === 0) return responsibleStaffMessage({ outcome: "no_matters" });
  if (chosen === null) return responsibleStaffMessage({ outcome: "nobody", askedFits });
  const { matter, person } = chosen;
  return responsibleStaffMessage({
    outcome: "found",
    transferTo: person.name,
    ambiguous,
    askedFits,
    closed: !isLive(matter),
  });
}
