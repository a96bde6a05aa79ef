import type { Response } from "express";
import type { VisibleCall } from "../../../call-log/visible-calls.ts";
import { type CallSearchTerm, searchedTerms } from "../../../calls/call-search.ts";
import { readPhoneNumber } from "../../../calls/matching/phone-number.ts";
import type { Services } from "../../../container.ts";
import { contextOf } from "../../../http/deadline.ts";
import { currentUser } from "../../../http/require-session.ts";
import type { CallCursor } from "../../../store/repositories/call-list.ts";
import type { CallsQuery } from "./calls-query.ts";

export const CALLS_PER_PAGE = 50;
/** So that a search for someone whom the user may not see doesn't read all calls. */
const MAX_SEARCHED_PAGES = 4;
const AWAY: readonly CallSearchTerm[] = ["away"];
const DAY_MS = 24 * 60 * 60_000;

/** A page of the firm's calls, as the signed-in user may see them. */
export interface ReadCalls {
  readonly calls: readonly VisibleCall[];
  /** Where earlier calls continue; null if there are none. */
  readonly next: CallCursor | null;
}

/**
 * Reads a page of calls. A search finds only calls whose caller the user may see, because that a call is found tells who
 * called. Throws as `ReadVisibleCalls` does.
 */
export async function readCalls(
  { store, settings, readVisibleCalls, callRecorder, now }: Services,
  response: Response,
  { outcome, away, q, before }: CallsQuery,
): Promise<ReadCalls> {
  const { firm, connection, isAdministrator } = currentUser(response);
  const searched = q === "" ? [] : searchTerms(q, settings);
  if (q !== "" && searched.length === 0) return { calls: [], next: null };
  const search = away ? [AWAY, ...searched] : searched;
  // A user who has just called wants to see the call.
  await callRecorder.flush().catch(() => {});
  const since = now() - settings.callLogDays * DAY_MS;
  const found: VisibleCall[] = [];
  let cursor = before;
  for (let page = 1; ; page += 1) {
    const limit = CALLS_PER_PAGE - found.length;
    const { calls, next } = await store.callList.list(firm.id, {
      since,
      before: cursor,
      outcome,
      search: search.length === 0 ? null : search,
      limit,
    });
    const visible = await readVisibleCalls({ connection, isAdministrator }, calls, contextOf(response));
    found.push(...visible.filter(({ isOpen }) => isOpen || q === ""));
    cursor = next;
    if (!next || found.length >= CALLS_PER_PAGE || page === MAX_SEARCHED_PAGES) return { calls: found, next };
  }
}

function searchTerms(q: string, { defaultCountry }: Services["settings"]) {
  const number = readPhoneNumber(q, defaultCountry);
  return searchedTerms(q, number.kind === "whole" ? number.e164 : null);
}
