import { type Absences, NOBODY_AWAY } from "../absence.ts";
import type { MatterRule } from "../decision.ts";
import { isLive, type Matter, type MatterStatus, relationOf, type StaffRole } from "../matter.ts";
import { requestedMatters } from "./requested-matter.ts";
import {
  type NamedStaffMember,
  personResponsible,
  type StaffedMatter,
  whoTakesTheCall,
} from "./who-takes-the-call.ts";

/** A matter as the receptionist gets it in `matters` (docs/reference/endpoints.md#get-responsible-staff). */
export interface ListedMatter {
  readonly matter: Matter;
  /** Who would take the call; null when no one on the matter can. */
  readonly person: NamedStaffMember | null;
}

export interface WhichMatter {
  /** Every matter, the likeliest first. */
  readonly ordered: readonly Matter[];
  /** The matter that the call is about, with the person who takes it, or who is away. */
  readonly chosen: StaffedMatter | null;
  /** Why this matter was chosen, or none. */
  readonly rule: MatterRule;
  /** Live matters have different people: `chosen` is the likeliest, and the receptionist asks. */
  readonly ambiguous: boolean;
  /** The live matters, or the others when none is live; at most ten. */
  readonly listed: readonly ListedMatter[];
  /** Whether a matter fits what the caller asked for; null when the caller asked for none. */
  readonly requestedMatterFound: boolean | null;
}

/** Enough to ask which matter the call is about, and not more than can be read aloud. */
const MAX_LISTED_MATTERS = 10;

/** A matter whose status Clio hides comes last. */
const STATUS_ORDER: readonly (MatterStatus | null)[] = ["Open", "Pending", "Closed", null];

/**
 * Chooses which of a contact's matters the call is about, and who takes it
 * (docs/explanation/who-is-found.md#which-matter).
 *
 * Another matter is never chosen because someone is away.
 *
 * What the caller asked for narrows the choice, and is set aside when nothing fits. When no one on the matters that fit
 * can take the call, no one is chosen: the person on another matter isn't the one the caller asked for.
 * @param matters the contact's own and, if none of those is live, the ones they are related to
 * @param requested the matter that the caller asked for, in their own words
 */
export function whichMatter(
  matters: readonly Matter[],
  staffRoles: readonly StaffRole[],
  requested: string | null,
  absences: Absences = NOBODY_AWAY,
): WhichMatter {
  const ordered = matters.toSorted(likeliestFirst);
  const fitting = requested === null ? null : requestedMatters(ordered, requested);
  const isRequested = fitting !== null && fitting.length > 0;
  const eligible = isRequested ? fitting : ordered;

  const callTakers = eligible.flatMap((matter) => whoTakesTheCall(matter, staffRoles, absences) ?? []);
  const livePeople = new Set(
    callTakers.filter(({ matter }) => isLive(matter)).map((staffed) => personResponsible(staffed).id),
  );
  const live = ordered.filter(isLive);
  const chosen = callTakers[0] ?? null;
  return {
    ordered,
    chosen,
    rule: matterRule(chosen?.matter ?? null, ordered, isRequested),
    ambiguous: livePeople.size > 1,
    listed: (live.length > 0 ? live : ordered).slice(0, MAX_LISTED_MATTERS).map((matter) => ({
      matter,
      person: whoTakesTheCall(matter, staffRoles, absences)?.person ?? null,
    })),
    requestedMatterFound: fitting === null ? null : fitting.length > 0,
  };
}

/** @param isRequested whether matters fit what the caller asked for, so that only those counted */
function matterRule(chosen: Matter | null, ordered: readonly Matter[], isRequested: boolean): MatterRule {
  if (ordered.length === 0) return "no_matters";
  if (chosen === null) return isRequested ? "no_one_on_requested_matter" : "no_one_on_matters";
  if (isRequested) return "requested_matter";
  if (relationOf(chosen) !== null) return "related_matter";
  if (chosen !== ordered[0]) return "next_staffed_matter";
  if (ordered.length === 1) return "only_matter";
  if (!isLive(chosen)) return "latest_closed_matter";
  if (ordered.filter(isLive).length === 1) return "only_live_matter";
  return chosen.status === "Open" ? "latest_open_matter" : "latest_pending_matter";
}

/** docs/explanation/who-is-found.md#order-of-matters */
function likeliestFirst(one: Matter, other: Matter): number {
  return (
    Number(isLive(other)) - Number(isLive(one)) ||
    Number(relationOf(one) !== null) - Number(relationOf(other) !== null) ||
    STATUS_ORDER.indexOf(one.status) - STATUS_ORDER.indexOf(other.status) ||
    latestFirst(one.lastActivityDate, other.lastActivityDate) ||
    latestFirst(one.updatedAt, other.updatedAt) ||
    other.id - one.id
  );
}

function latestFirst(one: string | null, other: string | null): number {
  const [a, b] = [epochMs(one), epochMs(other)];
  return a === b ? 0 : b - a;
}

/** Parsed, because Clio writes times with the offset of the firm's zone; a missing or invalid date comes last. */
function epochMs(date: string | null): number {
  const time = Date.parse(date ?? "");
  return Number.isNaN(time) ? Number.MIN_SAFE_INTEGER : time;
}
