import { z } from "zod";
import type { Matter } from "../calls/matter.ts";
import { responsibleStaffMessage } from "../calls/messages.ts";
import type { CountryCode } from "../calls/phone-number.ts";
import { type AnsweredMatter, isLive, type WhichMatter, whichMatter } from "../calls/which-matter.ts";
import { Message } from "../http/caller-answers.ts";
import { readQuery, saidParameter, textParameter } from "../http/query.ts";
import type { Answer } from "../http/receptionist.ts";
import { Ambiguous, Extension, PhoneNumber, Role, reachable, TransferTo } from "../http/staff-answers.ts";
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

export const ResponsibleStaffQuery = z.object({
  clio_contact_id: ContactId.meta({
    description: "The data.id that lookup-contact answered.",
    example: "2512428500",
  }),
  matter: saidParameter().meta({
    description:
      "Which matter the call is about, as the caller said it: its number, or words of its description. Only when a message asked for it.",
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
    found: z.boolean().meta({ description: "Whether there is somebody to transfer to." }),
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
      .array(MatterFields.extend({ responsible_staff: z.object({ name: z.string() }).nullable() }))
      .max(10)
      .meta({
        description: "The contact's open and pending matters, or the closed ones when there is no other.",
      }),
    message: Message,
  })
  .meta({ id: "ResponsibleStaffAnswer" });

/** `GET /responsible-staff`: the contact's matters, and the person who takes the call for the likeliest of them. */
export function responsibleStaff({ settings, directory }: Services): Answer {
  const { staffRoles, defaultCountry } = settings;

  return async (query, { firmId, budget }) => {
    const { clio_contact_id, matter } = readQuery(ResponsibleStaffQuery, { query });
    const matters = await directory.mattersOf(firmId, clio_contact_id, budget);
    return answer(whichMatter(matters, staffRoles, matter), defaultCountry);
  };
}

function answer(choice: WhichMatter, country: CountryCode): z.infer<typeof ResponsibleStaffAnswer> {
  const { chosen, ambiguous, listed } = choice;
  return {
    found: chosen !== null,
    data: chosen && matterData(chosen, country),
    transfer_to: chosen?.person.name ?? null,
    ambiguous,
    matters: listed.map(({ matter, person }) => ({
      ...matterFields(matter),
      responsible_staff: person && { name: person.name },
    })),
    message: messageFor(choice),
  };
}

function matterData({ matter, person, role }: AnsweredMatter, country: CountryCode) {
  const { id, name, ...numbers } = reachable(person, country);
  return {
    id: matter.id,
    ...matterFields(matter),
    responsible_staff: { id, name, email: person.email, ...numbers },
    role,
  };
}

function matterFields({ displayNumber, description, status }: Matter) {
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
