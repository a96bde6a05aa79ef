import type { FirmMirror, Mirror, MirrorStanding } from "../store/mirrors.ts";

/** What is to be done next for a firm's mirror. */
export type Step = "give_up" | "begin" | "webhooks" | "changes" | "poll" | "pass" | "begin_pass";

/** A webhook can be lost and Clio can be unreachable: Clio is asked for what changed this often (milliseconds). */
export const POLL_INTERVAL = 5 * 60_000;
/** Clio's clock and ours may differ by so much: a poll reads again what the one before it may have missed. */
export const CLOCK_DIFFERENCE = 10 * 60_000;
/** After so long without a poll, deletions may have been told to nobody: everything is read. */
export const LONGEST_GAP = 60 * 60_000;
/** A mirror that was not up to date for so long answers nobody. */
export const LONGEST_ALONE = 24 * 60 * 60_000;

const HOUR = 60 * 60_000;
const WEBHOOKS_CHECKED_EVERY = 24 * HOUR;
const WEBHOOKS_TRIED_EVERY = 5 * 60_000;

/** What a mirror has to be. */
export interface WantedMirrors {
  /** What their rows are made with (`mirrorForm`). */
  readonly form: string;
  /** The hour of the day where the firms are, 0 to 23, at a moment in epoch milliseconds. */
  readonly hourAt: (at: number) => number;
  /** The service's address that webhooks are to lead to (`PUBLIC_URL`); null to leave the webhooks alone. */
  readonly webhooksTo: string | null;
}

/**
 * The next step for a firm, or null when there is nothing to do.
 * @param wanted null when nothing is to be kept at all (`DIRECTORY=live`)
 * @param now epoch milliseconds
 */
export function whatIsDue(firm: FirmMirror, wanted: WantedMirrors | null, now: number): Step | null {
  const { mirror, answeringUserId } = firm;
  if (wanted === null || answeringUserId === null) return mirror ? "give_up" : null;
  if (!mirror || !rightMirror(firm, wanted)) return "begin";
  if (now < mirror.retryAt) return null;
  if (webhooksAreDue(mirror, wanted, now)) return "webhooks";
  if (firm.changesNoted) return "changes";
  if (mirror.completeAt !== null && now - (mirror.polledAt ?? 0) >= POLL_INTERVAL) return "poll";
  if (mirror.pass !== null) return "pass";
  if (mirror.completeAt === null || mirror.passWanted || nightlyPassIsDue(mirror, wanted, now))
    return "begin_pass";
  return null;
}

/**
 * The mirror, if callers of the firm may be answered from it: complete, as the user who answers lookups sees Clio, and
 * not too old (issue: for up to 24 hours while Clio cannot be asked).
 */
export function answeringMirror<Standing extends MirrorStanding>(
  firm: AnsweredFirm<Standing> | null,
  wanted: Pick<WantedMirrors, "form">,
  now: number,
): Standing | null {
  const mirror = firm && rightMirror(firm, wanted);
  if (!mirror || mirror.completeAt === null || mirror.polledAt === null) return null;
  return now - mirror.polledAt < LONGEST_ALONE ? mirror : null;
}

/** Whether what is in the mirror may lag behind Clio, because Clio could not be asked when it should have been. */
export function lagsBehind(mirror: Pick<Mirror, "polledAt">, now: number): boolean {
  return now - (mirror.polledAt ?? 0) > 2 * POLL_INTERVAL;
}

type AnsweredFirm<Standing> = Pick<FirmMirror, "answeringUserId"> & { readonly mirror: Standing | null };

/** The firm's mirror, if it is read through whom it should be and made with what it should be; whether complete or not. */
export function rightMirror<Standing extends MirrorStanding>(
  { mirror, answeringUserId }: AnsweredFirm<Standing>,
  { form }: Pick<WantedMirrors, "form">,
): Standing | null {
  return mirror && mirror.userId === answeringUserId && mirror.form === form ? mirror : null;
}

function webhooksAreDue(mirror: Mirror, { webhooksTo }: WantedMirrors, now: number): boolean {
  const { hooksCheckedAt, hooksAddress, hooksTrouble } = mirror;
  if (webhooksTo === null) return false;
  if (hooksCheckedAt === null || hooksAddress !== webhooksTo) return true;
  return now - hooksCheckedAt >= (hooksTrouble === null ? WEBHOOKS_CHECKED_EVERY : WEBHOOKS_TRIED_EVERY);
}

/** Between one and five at night; each firm at a time of its own, so that not all of them begin at once. */
function nightlyPassIsDue({ id, passedAt }: Mirror, { hourAt }: WantedMirrors, now: number): boolean {
  const since = now - (passedAt ?? 0);
  if (since >= 36 * HOUR) return true;
  if (since < 12 * HOUR) return false;
  const itsOwnDelay = (id % 180) * 60_000;
  const hour = hourAt(now - itsOwnDelay);
  return hour >= 1 && hour < 5;
}

/** Tells the hour of the day in a time zone, for example `America/Chicago`. */
export function hourIn(timeZone: string): WantedMirrors["hourAt"] {
  const format = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", hourCycle: "h23", timeZone });
  return (at) => Number(format.format(at));
}
