import type { CallRules } from "../calls/call-rules.ts";
import type { CallerClues } from "../calls/find-caller.ts";
import { type Matter, relationOf, type StaffRole } from "../calls/matter.ts";
import type { RoutedCall } from "../calls/route-call.ts";
import { transferDestination } from "../calls/transfer/destination.ts";
import { ROLE_NAMES } from "../calls/transfer/preview.ts";
import type { ClioWebAddresses } from "../clio/web-addresses.ts";
import { CALLER_REASONS, MATTER_REASONS, PERSON_REASONS, type Reason } from "./decision-text.ts";
import { capitalize, formatCount } from "./format.ts";
import { type RoutingRule, RULES } from "./routing-rules.ts";

/** How a call was routed, for people. */
export interface ExplainedCall {
  /** What happens to the call, as a heading. */
  readonly outcome: string;
  /** From the caller to the number that is dialed, as far as the call gets. */
  readonly steps: readonly ExplainedStep[];
}

export interface ExplainedStep {
  readonly title: "Caller" | "Matter" | "Person" | "Number";
  readonly value: string;
  /** More about the value. */
  readonly detail: string | null;
  /** The record's page in Clio. */
  readonly href: string | null;
  /** Whether the call ends here, or may. */
  readonly isProblem: boolean;
  readonly reasons: readonly StepReason[];
}

interface StepReason extends Omit<Reason, "rule"> {
  /** Null for a fact that needs no rule. */
  readonly rule: RoutingRule | null;
}

interface Circumstances {
  readonly clues: CallerClues;
  readonly rules: CallRules;
  readonly webAddresses: ClioWebAddresses;
}

/** Explains a routed call: each step with its result, and the rule that decided. */
export function explainCall(call: RoutedCall, circumstances: Circumstances): ExplainedCall {
  return {
    outcome: describeOutcome(call, circumstances),
    steps: [
      callerStep(call, circumstances),
      ...(call.contact === null ? [] : [matterStep(call, circumstances)]),
      ...(call.person === null ? noOneStep(call) : [personStep(call, circumstances)]),
      ...(call.person === null ? [] : [numberStep(call.person, circumstances)]),
    ],
  };
}

function describeOutcome(
  { person, away, ambiguous, decision }: RoutedCall,
  { clues, rules }: Circumstances,
): string {
  if (person && ambiguous) return "The receptionist asks which matter the call is about";
  if (person) return describeTransfer(person, rules);
  if (away) return `The receptionist takes a message for ${away.person.name.trim()}`;
  switch (decision.caller) {
    case "shared_ending":
    case "shared_number":
    case "missing_area_code":
    case "switchboard":
    case "other_name":
      return "The receptionist asks for the caller's name";
    case "withheld":
    case "unknown_number":
      return rules.routeByName && clues.name === null
        ? "The receptionist asks for the caller's name"
        : "The receptionist takes a message";
    default:
      return "The receptionist takes a message";
  }
}

/** Doesn't promise a transfer to a person whom Clio gives no way to reach. */
function describeTransfer(
  { name, phoneNumber }: NonNullable<RoutedCall["person"]>,
  { defaultCountry }: CallRules,
): string {
  switch (transferDestination(phoneNumber, defaultCountry).dialingProblem) {
    case "no_number":
      return `The call is for ${name.trim()}, who has no phone number in Clio`;
    case "invalid_number":
      return `The call is for ${name.trim()}, whose phone number in Clio can't be dialed`;
    default:
      return `The call goes to ${name.trim()}`;
  }
}

function callerStep(
  { contact, matter, candidateCount, decision, person }: RoutedCall,
  { webAddresses }: Circumstances,
): ExplainedStep {
  const count = formatCount(candidateCount);
  return {
    title: "Caller",
    value:
      contact !== null
        ? (contact.name ?? `Contact ${contact.id}, whose name Clio hides`)
        : candidateCount > 1
          ? `One of ${count} contacts`
          : "Not identified",
    detail: contact?.type === "Company" ? "Company" : (matter && relationOf(matter)) || null,
    href: contact && webAddresses.record({ type: "contacts", id: contact.id }),
    isProblem: contact === null && person === null,
    reasons: decision.caller === null ? [] : [CALLER_REASONS[decision.caller]],
  };
}

function matterStep(
  { matter, ambiguous, decision }: RoutedCall,
  { clues, webAddresses }: Circumstances,
): ExplainedStep {
  const isSetAside =
    clues.matter !== null &&
    decision.matter !== "requested_matter" &&
    decision.matter !== "no_one_on_requested_matter";
  return {
    title: "Matter",
    value: matter ? describeMatter(matter) : "None",
    detail: matter?.status ?? null,
    href: matter && webAddresses.record({ type: "matters", id: matter.id }),
    isProblem: matter === null || ambiguous,
    reasons: [
      ...(decision.matter === null ? [] : [MATTER_REASONS[decision.matter]]),
      ...(isSetAside
        ? [
            {
              text: `“${clues.matter}” matches none of the caller's matters, so it is ignored.`,
              rule: RULES.requested,
            },
          ]
        : []),
      ...(ambiguous
        ? [
            {
              text: "The caller's other matters have different people. If the caller can't say which matter the call is about, it goes to the person on this one.",
              rule: RULES.differentPeople,
            },
          ]
        : []),
    ],
  };
}

function describeMatter({ displayNumber, description }: Matter): string {
  return [displayNumber ?? "Matter without a number", description].filter(Boolean).join(": ");
}

function personStep(
  { matter, person, role, away, decision }: RoutedCall,
  { rules: { staffRoles } }: Circumstances,
): ExplainedStep {
  return {
    title: "Person",
    value: person?.name.trim() ?? "",
    detail: decision.person === "stand_in" ? "Stand-in" : role && capitalize(ROLE_NAMES[role]),
    href: null,
    isProblem: false,
    reasons: [
      ...awayReason(away),
      ...(decision.person === null ? [] : [PERSON_REASONS[decision.person]]),
      ...(matter && role && !away ? passedOver(matter, staffRoles.slice(0, staffRoles.indexOf(role))) : []),
    ],
  };
}

/** Why the roles that come first on a matter don't take the call. */
function passedOver(matter: Matter, roles: readonly StaffRole[]): StepReason[] {
  return roles.map((role) => {
    const user = matter.staff[role];
    const name = user?.name?.trim() || "a user without a name";
    const status = user?.enabled === false ? `${name}, who is disabled in Clio` : name;
    return { text: `${capitalize(ROLE_NAMES[role])}: ${user ? status : "none"}.`, rule: null };
  });
}

function awayReason(away: RoutedCall["away"]): StepReason[] {
  return away ? [{ text: `${away.person.name.trim()} is away.`, rule: null }] : [];
}

/** For a caller with matters, on which no one can take the call. */
function noOneStep({ contact, away, decision }: RoutedCall): ExplainedStep[] {
  if (away) {
    const reasons = [...awayReason(away), ...(decision.person ? [PERSON_REASONS[decision.person]] : [])];
    return [{ title: "Person", value: "No one", detail: null, href: null, isProblem: true, reasons }];
  }
  if (contact === null || decision.matter === null || decision.matter === "no_matters") return [];
  const reasons = [{ text: "Without a person, there is no one to transfer the call to.", rule: null }];
  return [{ title: "Person", value: "No one", detail: null, href: null, isProblem: true, reasons }];
}

function numberStep(
  { name: typedName, phoneNumber }: NonNullable<RoutedCall["person"]>,
  { rules: { defaultCountry }, webAddresses }: Circumstances,
): ExplainedStep {
  const name = typedName.trim();
  const { formattedDestination, extension, dialingProblem } = transferDestination(
    phoneNumber,
    defaultCountry,
  );
  const texts = {
    no_number: `Clio has no phone number for ${name}. The call reaches ${name} only if their transfer rule in Upfirst has one.`,
    invalid_number: `This can't be dialed. The call reaches ${name} only if their transfer rule in Upfirst has another number.`,
    extension: "Upfirst dials the number without the extension, so the call reaches the main line.",
  };
  return {
    title: "Number",
    value: formattedDestination ?? "None in Clio",
    detail: extension === null ? null : `Extension ${extension}`,
    href: dialingProblem === null ? null : webAddresses.users,
    isProblem: dialingProblem !== null,
    reasons: [
      {
        text:
          dialingProblem === null
            ? `Upfirst dials the number in ${name}'s transfer rule. Make sure that it is the same.`
            : texts[dialingProblem],
        rule: null,
      },
    ],
  };
}
