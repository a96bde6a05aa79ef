import type { RequestHandler } from "express";
import { z } from "zod";
import { findingsOfRoutedCall } from "../../call-log/findings.ts";
import type { CallRules } from "../../calls/call-rules.ts";
import { relationOf } from "../../calls/matter.ts";
import { type RoutedCall, routeCall } from "../../calls/route-call.ts";
import type { Services } from "../../container.ts";
import { parseQuery } from "../parse-input.ts";
import { textParameter } from "../text-parameter.ts";
import { callerNumber } from "./caller-number.ts";
import { CandidateCount, MatchedOn, Message } from "./caller-schemas.ts";
import { LookupContactQuery } from "./lookup-contact.ts";
import { type Answer, receptionistRoute } from "./receptionist-route.ts";
import { ResponsibleStaffQuery } from "./responsible-staff.ts";
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

export const RouteCallQuery = z.object({
  caller_id: textParameter().meta({
    description: "The caller ID: the number the caller is calling from, with country code.",
    example: "+14155550171",
  }),
  name: LookupContactQuery.shape.name,
  matter: ResponsibleStaffQuery.shape.matter,
});

export const RouteCallAnswer = z
  .object({
    found: Found,
    data: z.object({
      contact: z
        .object({ id: z.int(), name: z.string().nullable(), first_name: z.string().nullable() })
        .nullable()
        .meta({
          description: "The caller's contact in Clio, if exactly one matched. Don't read it to the caller.",
        }),
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
    relation: Relation,
    away: Away,
    message: Message,
  })
  .meta({ id: "RouteCallAnswer" });

/** `GET /route-call`: who is calling and who takes the call, in one request. */
export function routeCallRoute(services: Services): RequestHandler {
  return receptionistRoute(services, answerRouteCall(services));
}

/** The answer to `GET /route-call`, for other routes that return the same. */
export function answerRouteCall({ settings }: Pick<Services, "settings">): Answer {
  return async (input, directory, recordLookup) => {
    const { caller_id, name, matter } = parseQuery(RouteCallQuery, input);
    const number = callerNumber({ caller_id }, settings.defaultCountry);
    const clues = { number, name, matter };
    const routed = await recordLookup(
      { action: "route_call", contactId: null, ...clues },
      routeCall(directory, settings, clues),
      (found) => findingsOfRoutedCall(found, settings.routeByName && name === null),
    );
    return presentRoutedCall(routed, settings);
  };
}

/** A routed call as `/route-call` presents it, for endpoints that differ only in their input. */
export function presentRoutedCall(
  { contact, matter, person, role, away, matchedOn, candidateCount, ambiguous, message }: RoutedCall,
  { defaultCountry }: Pick<CallRules, "defaultCountry">,
): z.infer<typeof RouteCallAnswer> {
  return {
    found: person !== null,
    data: {
      contact: contact && { id: contact.id, name: contact.name, first_name: contact.firstName },
      matter: matter && { id: matter.id, display_number: matter.displayNumber },
      responsible_staff: person && presentStaff(person, defaultCountry),
      role,
    },
    matched_on: matchedOn,
    candidate_count: candidateCount,
    transfer_to: person?.name ?? null,
    ambiguous,
    relation: matter && relationOf(matter),
    away: presentAway(away),
    message,
  };
}
