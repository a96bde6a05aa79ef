import type { CallContent, RecordedPerson } from "../calls/call-record.ts";
import type { CallRules } from "../calls/call-rules.ts";
import type { CallerNumber } from "../calls/matching/phone-number.ts";
import { routeCall } from "../calls/route-call.ts";
import type { ClioAccess } from "../clio/paging.ts";
import { createPhoneLog, findPhoneLog } from "../clio/resources/communications.ts";
import { createTask, findTask } from "../clio/resources/tasks.ts";
import type { Directory } from "../directory/directory.ts";
import { ClioError } from "../errors.ts";
import type { RequestContext } from "../runtime/request-context.ts";
import type { DueCall } from "../store/repositories/call-outbox.ts";
import { findingsOfRoutedCall } from "./findings.ts";
import { nextWeekday, phoneLogBody, phoneLogSubject, taskDescription, taskName } from "./phone-log-text.ts";

/** The external property by which a phone log is found again. */
export const EXTERNAL_PROPERTY = "clio_call_router_call";

const DAY_MS = 24 * 60 * 60_000;

export interface DeliverySettings extends CallRules {
  readonly messageTasks: boolean;
}

export interface DeliverParts {
  readonly clio: ClioAccess;
  readonly directory: Directory;
  readonly context: RequestContext;
  readonly settings: DeliverySettings;
  /** The firm's time zone, an IANA name. */
  readonly timeZone: string;
  /** Whether an earlier attempt may have created it, so that Clio is asked first. */
  readonly mayExist: boolean;
  /** Called right before Clio is asked to create something. */
  readonly beginAttempt: () => Promise<void>;
  readonly now: () => number;
}

/** What a step led to. */
export type Delivered =
  | { readonly next: "log" | "task"; readonly content: CallContent }
  | { readonly next: "choice"; readonly content: CallContent }
  | { readonly next: "done"; readonly content: CallContent };

/** Takes the step that is due for a call. Throws as Clio's resources and the directory do. */
export function deliverStep(parts: DeliverParts, call: DueCall): Promise<Delivered> {
  switch (call.step) {
    case "identify":
      return identify(parts, call);
    case "log":
      return writePhoneLog(parts, call);
    case "task":
      return writeTask(parts, call);
  }
}

/** Finds out who called, as when a call is answered. */
async function identify(
  { directory, settings, context }: DeliverParts,
  { content }: DueCall,
): Promise<Delivered> {
  const clues = {
    number: numberOf(content),
    name: content.report?.name ?? null,
    matter: content.report?.matter ?? null,
  };
  const routed = await routeCall(directory, settings, clues);
  // The caller may be in Clio all the same.
  if (routed.contact === null && context.source === "mirror_without_clio")
    throw new ClioError("Clio can't be reached.");
  const { decision: _, outcome: __, ...findings } = findingsOfRoutedCall(routed, false);
  const identified = { ...content, ...findings };
  return { next: identified.contact ? "log" : "choice", content: identified };
}

async function writePhoneLog(parts: DeliverParts, call: DueCall): Promise<Delivered> {
  const { clio, context, settings, timeZone, mayExist } = parts;
  const property = { name: EXTERNAL_PROPERTY, value: call.id };
  const id = (mayExist && (await findPhoneLog(clio, property, context))) || (await create());
  const content = { ...call.content, phoneLogId: id };
  const needsTask = settings.messageTasks && call.texts.message !== null && personFor(content) !== null;
  return { next: needsTask ? "task" : "done", content };

  async function create(): Promise<number> {
    const { contact, matter, report } = call.content;
    const person = personFor(call.content);
    await parts.beginAttempt();
    return createPhoneLog(
      clio,
      {
        subject: phoneLogSubject(call),
        body: phoneLogBody(call, timeZone),
        receivedAt: report?.startedAt ?? call.at,
        matterId: matter?.id ?? null,
        from: contact ? [{ id: contact.id, type: "Contact" }] : [],
        to: person ? [{ id: person.id, type: "User" }] : [],
        externalProperties: [property],
        notifyUserIds: person && call.texts.message !== null ? [person.id] : [],
      },
      context,
    );
  }
}

async function writeTask(parts: DeliverParts, call: DueCall): Promise<Delivered> {
  const { clio, context, timeZone, mayExist, now } = parts;
  const person = personFor(call.content);
  if (!person) return { next: "done", content: call.content };
  const search = { text: call.id, assigneeId: person.id, createdSince: call.reportedAt - DAY_MS };
  const id = (mayExist && (await findTask(clio, search, context))) || (await create(person));
  return { next: "done", content: { ...call.content, taskId: id } };

  async function create({ id: assigneeId }: RecordedPerson): Promise<number> {
    await parts.beginAttempt();
    return createTask(
      clio,
      {
        name: taskName(call),
        description: taskDescription(call, timeZone),
        assigneeId,
        dueOn: nextWeekday(now(), timeZone),
        matterId: call.content.matter?.id ?? null,
        notifyAssignee: true,
      },
      context,
    );
  }
}

/** Whom the call was for: the person who takes it, or who is away without anyone taking it. */
function personFor({ person, away }: CallContent): RecordedPerson | null {
  return person ?? away;
}

function numberOf({ caller, callerEnding }: CallContent): CallerNumber {
  if (caller !== null) return { kind: "whole", e164: caller, lastFour: caller.slice(-4) };
  return callerEnding === null ? { kind: "withheld" } : { kind: "last_4", lastFour: callerEnding };
}
