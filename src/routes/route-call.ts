import { z } from "zod";
import type { Contact } from "../calls/contact.ts";
import { routeCallMessage, unknownCallerMessage } from "../calls/messages.ts";
import { isLive, type WhichMatter, whichMatter } from "../calls/which-matter.ts";
import { type FoundCaller, findCaller } from "../directory/find-caller.ts";
import { CandidateCount, MatchedOn, Message, unknownCaller } from "../http/caller-answers.ts";
import { callerNumber } from "../http/caller-number.ts";
import { readQuery, textParameter } from "../http/query.ts";
import type { Answer } from "../http/receptionist.ts";
import { Ambiguous, Extension, PhoneNumber, Role, reachable, TransferTo } from "../http/staff-answers.ts";
import type { Services } from "../services.ts";
import { LookupContactQuery } from "./lookup-contact.ts";
import { ResponsibleStaffQuery } from "./responsible-staff.ts";

export const RouteCallQuery = z.object({
  caller_id: textParameter().meta({
    description: "The caller ID, the number the caller is calling from, with country code.",
    example: "+14155550171",
  }),
  name: LookupContactQuery.shape.name,
  matter: ResponsibleStaffQuery.shape.matter,
});

export const RouteCallAnswer = z
  .object({
    found: z.boolean().meta({ description: "Whether there is somebody to transfer to." }),
    data: z.object({
      contact: z
        .object({ id: z.int(), name: z.string().nullable(), first_name: z.string().nullable() })
        .nullable()
        .meta({ description: "The caller in Clio, when it can only be one. Do not read it to the caller." }),
      matter: z
        .object({ id: z.int(), display_number: z.string().nullable() })
        .nullable()
        .meta({ description: "The matter the call is most likely about." }),
      responsible_staff: z
        .object({ id: z.int(), name: z.string(), phone_number: PhoneNumber, extension: Extension })
        .nullable()
        .meta({ description: "The person to transfer to." }),
      role: Role.nullable(),
    }),
    matched_on: MatchedOn,
    candidate_count: CandidateCount,
    transfer_to: TransferTo,
    ambiguous: Ambiguous,
    message: Message,
  })
  .meta({ id: "RouteCallAnswer" });

type RouteCallAnswer = z.infer<typeof RouteCallAnswer>;

/** What `data` is when nobody was matched: the same keys, and nothing of anybody. */
const NOBODY = { contact: null, matter: null, responsible_staff: null, role: null } as const;

/** `GET /route-call`: who is calling and who takes the call, in one request within one deadline. */
export function routeCall({ settings, directory }: Services): Answer {
  const { staffRoles, defaultCountry, greetByName, routeByName } = settings;

  return async (query, call) => {
    const { caller_id, name, matter } = readQuery(RouteCallQuery, { query });
    const number = callerNumber({ caller_id }, defaultCountry);
    const found = await findCaller(directory, settings, { number, name, matter }, call);
    const { caller, person } = found;
    if (person) return toSharedPerson(found, person);
    if (caller.outcome !== "one") return toNobody(found, name);
    const { contact } = caller;
    const matters =
      found.matters.get(contact.id) ?? (await directory.mattersOf(call.firmId, contact.id, call.budget));
    return toTheContactsPerson(found, contact, whichMatter(matters, staffRoles, matter));
  };

  /** One contact calls: their matter decides. */
  function toTheContactsPerson(found: FoundCaller, contact: Contact, choice: WhichMatter): RouteCallAnswer {
    const { chosen, ambiguous, askedFits } = choice;
    const callerFirstName = greetByName ? contact.firstName : null;
    return {
      found: chosen !== null,
      data: {
        contact: { id: contact.id, name: contact.name, first_name: contact.firstName },
        matter: chosen && { id: chosen.matter.id, display_number: chosen.matter.displayNumber },
        responsible_staff: chosen && reachable(chosen.person, defaultCountry),
        role: chosen?.role ?? null,
      },
      ...matched(found),
      transfer_to: chosen?.person.name ?? null,
      ambiguous,
      message: chosen
        ? routeCallMessage({
            outcome: "found",
            transferTo: chosen.person.name,
            ambiguous,
            askedFits,
            closed: !isLive(chosen.matter),
            callerFirstName,
          })
        : routeCallMessage({ outcome: "nobody", askedFits, callerFirstName }),
    };
  }

  /** Several share the number, and whoever it is, the same person takes the call. */
  function toSharedPerson(found: FoundCaller, to: NonNullable<FoundCaller["person"]>): RouteCallAnswer {
    const { person, role } = to;
    return {
      found: true,
      data: { ...NOBODY, responsible_staff: reachable(person, defaultCountry), role },
      ...matched(found),
      transfer_to: person.name,
      ambiguous: false,
      message: routeCallMessage({
        outcome: "found",
        transferTo: person.name,
        ambiguous: false,
        askedFits: null,
        closed: false,
        callerFirstName: null,
      }),
    };
  }

  function toNobody(found: FoundCaller, name: string | null): RouteCallAnswer {
    const { caller } = found;
    if (caller.outcome === "one") throw new TypeError("somebody was found");
    return {
      found: false,
      data: NOBODY,
      ...matched(found),
      transfer_to: null,
      ambiguous: false,
      message: unknownCallerMessage(unknownCaller(caller, name, routeByName)),
    };
  }
}

function matched({ caller, person }: FoundCaller): Pick<RouteCallAnswer, "matched_on" | "candidate_count"> {
  const matchedOn = caller.outcome === "one" ? caller.matchedOn : person ? ("phone" as const) : null;
  return { matched_on: matchedOn, candidate_count: caller.candidateCount };
}
