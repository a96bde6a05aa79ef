import type { Request, Response } from "express";
import { z } from "zod";
import type { CallReader, VisibleCall } from "../../../call-log/visible-calls.ts";
import type { Contact } from "../../../calls/contact.ts";
import { contactsWithNumber } from "../../../calls/matching/contacts-with-number.ts";
import type { Services } from "../../../container.ts";
import { ForbiddenError, InvalidRequestError, NotFoundError } from "../../../errors.ts";
import { contextOf } from "../../../http/deadline.ts";
import { currentUser } from "../../../http/require-session.ts";
import type { ReportTexts } from "../../../store/repositories/call-encryption.ts";
import type { CallDecision, ContactOption } from "../../../views/call-page.ts";

export const BACK_TO_CALLS = { href: "/calls", label: "Back to the calls" };
const CALL_ID = /^[0-9a-f]{24}$/;
const MAX_CONTACTS = 20;

/** A call of the signed-in user's firm. */
export interface LoadedCall {
  readonly visible: VisibleCall;
  readonly texts: ReportTexts;
}

/** What a form on the page has led to. */
export type CallForms = Partial<Pick<CallDecision, "search" | "chosen" | "newContact">>;

/** Reads the call in the address. Throws as `ReadVisibleCalls` does, and `NotFoundError`. */
export async function loadCall(
  { store, callRecorder, readVisibleCalls }: Services,
  request: Request,
  response: Response,
): Promise<LoadedCall> {
  const { firm, connection, isAdministrator } = currentUser(response);
  const id = String(request.params.call);
  if (CALL_ID.test(id)) await callRecorder.flush().catch(() => {});
  const call = CALL_ID.test(id) ? await store.callList.find(firm.id, id) : null;
  if (!call)
    throw new NotFoundError("There is no such call, or it is no longer kept.", { next: BACK_TO_CALLS });
  const reader: CallReader = { connection, isAdministrator };
  const [visible] = await readVisibleCalls(reader, [call], contextOf(response));
  if (!visible) throw new TypeError("a call was left out");
  const report = call.content?.report;
  const texts = call.texts ?? {
    summary: report?.summary ?? null,
    message: report?.message ?? null,
    transcript: null,
  };
  return { visible, texts };
}

/** As `loadCall`, for a form. Throws `ForbiddenError` too, unless the user may see who called. */
export async function loadOpenCall(
  services: Services,
  request: Request,
  response: Response,
): Promise<LoadedCall> {
  const loaded = await loadCall(services, request, response);
  if (loaded.visible.isOpen) return loaded;
  throw new ForbiddenError("Nothing was changed. Clio doesn't show you the caller or the matter.", {
    title: "You can't decide about this call",
    next: BACK_TO_CALLS,
  });
}

/** @param forms what a form has led to */
export async function sendCall(
  services: Services,
  response: Response,
  loaded: LoadedCall,
  forms: CallForms = {},
): Promise<void> {
  const { views, webAddresses, now } = services;
  const decision = await readDecision(services, response, loaded, forms);
  const { session } = currentUser(response);
  response.send(views.call({ ...loaded, decision, csrf: session.csrf, webAddresses, now: now() }));
}

async function readDecision(
  { openUserDirectory, settings, contactEditor }: Services,
  response: Response,
  { visible: { call, isOpen } }: LoadedCall,
  forms: CallForms,
): Promise<CallDecision | null> {
  const { connection } = currentUser(response);
  const { content, log } = call;
  if (!isOpen || !content) return null;
  const isUndecided = log?.state === "needs_choice" || log?.state === "failed";
  const canChoose = isUndecided && log.step !== "task";
  const needsNumber = content.contact === null || content.isChosen;
  let number = needsNumber ? content.caller : null;
  let candidates: readonly Contact[] = [];
  if (number !== null) {
    const caller = { kind: "whole", e164: number, lastFour: number.slice(-4) } as const;
    const found = await openUserDirectory(connection, contextOf(response)).contactsByNumber(caller);
    candidates = contactsWithNumber(caller, found, settings.defaultCountry).candidates;
    // The chosen contact has the number by now.
    if (candidates.some(({ id }) => id === content.contact?.id)) number = null;
  }
  if (!isUndecided && number === null) return null;
  return {
    canChoose,
    canRetry: log?.state === "failed",
    candidates: candidates.slice(0, MAX_CONTACTS).map(toOption),
    search: null,
    chosen: null,
    number,
    mayWriteContacts: contactEditor.mayWrite(connection),
    newContact: { firstName: "", lastName: "", error: null },
    ...forms,
  };
}

export function toOption({ id, name }: ContactOption): ContactOption {
  return { id, name };
}

/** An ID in a form. */
export const recordId = () =>
  z.coerce.number({ error: NOT_AN_ID }).int({ error: NOT_AN_ID }).min(1, { error: NOT_AN_ID });

const NOT_AN_ID = "must be the ID of a record in Clio.";

/** Something else was decided since the page was loaded. */
export function decidedError(): InvalidRequestError {
  return new InvalidRequestError("Nothing was changed, because this call no longer needs that decision.", {
    title: "Already decided",
    next: BACK_TO_CALLS,
  });
}

export { MAX_CONTACTS };
