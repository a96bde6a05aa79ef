import type { RequestHandler, Response } from "express";
import type { Services } from "../../../container.ts";
import { ServiceError } from "../../../errors.ts";
import { contextOf } from "../../../http/deadline.ts";
import { currentUser } from "../../../http/require-session.ts";
import { buildCallChart, type CallsPage, type UnknownCallersPage } from "../../../views/calls-page.ts";
import { parseQuery } from "../../parse-input.ts";
import { CallsPageQuery, type CallsQuery, callsAddress } from "./calls-query.ts";
import { type ReadCalls, readCalls } from "./read-calls.ts";

const DAY_MS = 24 * 60 * 60_000;
const MAX_CHART_DAYS = 30;
const MAX_UNDECIDED = 20;
const MAX_UNKNOWN_CALLERS = 100;

/** `GET /calls`: the firm's calls, those that need a decision, and how many were routed. */
export function callsPage(services: Services): RequestHandler {
  return async (request, response) => {
    const { show, ...query } = parseQuery(CallsPageQuery, request);
    response.send(
      show === "unknown"
        ? services.views.unknownCallers(await loadUnknownCallers(services, response))
        : services.views.calls(await loadPage(services, response, query)),
    );
  };
}

async function loadPage(services: Services, response: Response, query: CallsQuery): Promise<CallsPage> {
  const { store, settings, callRecorder, now } = services;
  const { firm } = currentUser(response);
  // A user who has just called wants to see the call.
  await callRecorder.flush().catch(() => {});
  const isStart = query.before === null && query.outcome === null && !query.away && query.q === "";
  const at = now();
  const days = Math.min(MAX_CHART_DAYS, settings.callLogDays);
  // A day more, because the first day begins at midnight where the firm is.
  const [counts, latest] = await Promise.all([
    days === 0 ? [] : store.callList.counts(firm.id, at - (days + 1) * DAY_MS),
    store.calls.latest(firm.id),
  ]);
  const timeZone = firm.timeZone ?? settings.timeZone;
  const common = {
    chart: buildCallChart(counts, { now: at, days, timeZone }),
    isEmpty: latest === null,
    isStart,
    q: query.q,
    outcome: query.outcome,
    away: query.away,
    callLogDays: settings.callLogDays,
    now: at,
  };
  try {
    const { calls, next } = await readCalls(services, response, query);
    const undecided = isStart ? await readUndecided(services, response) : [];
    return { ...common, calls, undecided, problem: null, addresses: addresses(query, next) };
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    const problem = error.detail;
    return {
      ...common,
      calls: [],
      undecided: [],
      problem,
      addresses: addresses(query, null),
    };
  }
}

/** On a page of its own, because all calls without a contact are read for it. */
async function loadUnknownCallers(
  { store, settings, callRecorder, now }: Services,
  response: Response,
): Promise<UnknownCallersPage> {
  await callRecorder.flush().catch(() => {});
  const since = now() - settings.callLogDays * DAY_MS;
  const { firm } = currentUser(response);
  return { callers: await store.callList.unknownCallers(firm.id, since, MAX_UNKNOWN_CALLERS), now: now() };
}

async function readUndecided(services: Services, response: Response) {
  const { firm, connection, isAdministrator } = currentUser(response);
  const calls = await services.store.callList.undecided(firm.id, MAX_UNDECIDED);
  const visible = await services.readVisibleCalls(
    { connection, isAdministrator },
    calls,
    contextOf(response),
  );
  return visible.filter(({ isOpen }) => isOpen);
}

function addresses(query: CallsQuery, next: ReadCalls["next"]): CallsPage["addresses"] {
  return {
    csv: callsAddress("/calls.csv", query),
    json: callsAddress("/calls.json", query),
    earlier: next && callsAddress("/calls", { ...query, before: next }),
    newest: query.before && callsAddress("/calls", { ...query, before: null }),
  };
}
