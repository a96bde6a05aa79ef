import type { RequestHandler, Response } from "express";
import type { VisibleCall } from "../../../call-log/visible-calls.ts";
import type { Services } from "../../../container.ts";
import { describePhoneLog, phoneLogState } from "../../../views/phone-log-text.ts";
import { sendCsv } from "../../csv.ts";
import { parseQuery } from "../../parse-input.ts";
import { CallsQuery, callsAddress } from "./calls-query.ts";
import { readCalls } from "./read-calls.ts";

/** `GET /calls.json`: a page of the firm's calls. The `Link` header has the next one. */
export function callsJson(services: Services): RequestHandler {
  return async (request, response) => {
    const calls = await readPage(services, "/calls.json", parseQuery(CallsQuery, request), response);
    response.json(calls.map((call) => presentCall(call, services)));
  };
}

/** `GET /calls.csv`: as `/calls.json`, for spreadsheets. */
export function callsCsv(services: Services): RequestHandler {
  return async (request, response) => {
    const calls = await readPage(services, "/calls.csv", parseQuery(CallsQuery, request), response);
    const rows = calls
      .map((call) => presentCall(call, services))
      .map(({ contact, matter, away, ...call }) => ({
        ...call,
        contact: contact && (contact.name ?? `Contact ${contact.id}`),
        matter: matter && (matter.display_number ?? `Matter ${matter.id}`),
        away: away?.name ?? null,
      }));
    sendCsv(response, "calls.csv", COLUMNS, rows);
  };
}

const COLUMNS = [
  "id",
  "started_at",
  "caller",
  "contact",
  "matter",
  "transfer_to",
  "outcome",
  "matched_on",
  "away",
  "summary",
  "message",
  "log",
  "log_detail",
] as const;

async function readPage(
  services: Services,
  path: string,
  query: CallsQuery,
  response: Response,
): Promise<readonly VisibleCall[]> {
  const { calls, next } = await readCalls(services, response, query);
  response.set("Cache-Control", "no-store");
  if (next) response.set("Link", `<${callsAddress(path, { ...query, before: next })}>; rel="next"`);
  return calls;
}

function presentCall({ call, contact, matter, isOpen }: VisibleCall, { now }: Services) {
  const { id, at, outcome, content } = call;
  const shown = isOpen ? content : null;
  return {
    id,
    started_at: new Date(content?.report?.startedAt ?? at).toISOString(),
    caller: shown?.caller ?? null,
    contact: contact && { id: contact.id, name: contact.label },
    matter: matter && { id: matter.id, display_number: matter.label },
    // A user may have chosen a person for the phone log afterwards.
    transfer_to: (outcome === "routed" && content?.person?.name) || null,
    outcome,
    matched_on: content?.matchedOn ?? null,
    away: content?.away ? { name: content.away.name, until: content.away.until } : null,
    summary: shown?.report?.summary ?? null,
    message: shown?.report?.message ?? null,
    log: phoneLogState(call, now()),
    log_detail: describePhoneLog(call, now()),
  };
}
