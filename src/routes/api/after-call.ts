import { createHash } from "node:crypto";
import express, { type ErrorRequestHandler, type RequestHandler } from "express";
import { z } from "zod";
import { parseDuration, parseTime } from "../../call-log/report-values.ts";
import type { Services } from "../../container.ts";
import { InvalidRequestError, TooLargeError } from "../../errors.ts";
import { withinDeadline } from "../../http/deadline.ts";
import type { ReportToStore } from "../../store/repositories/call-reports.ts";
import { parseBody } from "../parse-input.ts";
import { spokenParameter, textParameter } from "../text-parameter.ts";
import { callerNumber } from "./caller-number.ts";
import type { RequestInput } from "./receptionist-route.ts";

const MAX_BODY_BYTES = 2 * 1024 * 1024;
const MAX_ID_LENGTH = 200;
const MAX_URL_LENGTH = 2_000;
const DAY_MS = 24 * 60 * 60_000;
/** For how long an ID is recognized at least, even if the call was deleted. */
const MIN_ID_RECOGNITION_DAYS = 30;
/** Without an ID, a firm may well have the same short summary twice a day. */
const CONTENT_RECOGNITION_MS = 10 * 60_000;
/** How much of a text the list of calls has. */
const MAX_EXCERPT_LENGTH = 1_000;

/** An optional text. An empty value counts as absent, and so does a placeholder that wasn't filled in. */
function optionalText(maxLength = MAX_BODY_BYTES) {
  return textParameter(maxLength)
    .optional()
    .transform((text) => {
      const trimmed = text?.trim() ?? "";
      return trimmed === "" || /^\{\{[^{}]*\}\}$/.test(trimmed) ? null : trimmed;
    });
}

function optionalValue<T>(maxLength: number, parse: (text: string) => T | null, problem: string) {
  return optionalText(maxLength).transform((text, context) => {
    const value = text === null ? null : parse(text);
    if (text !== null && value === null) context.addIssue(problem);
    return value;
  });
}

const TIME_PROBLEM =
  "must be a time in ISO 8601 or in Unix seconds or milliseconds, for example 2026-05-31T15:04:05Z.";

export const AfterCallReport = z.object({
  caller_id: textParameter().meta({
    description: "The number the caller called from, with country code. It may be withheld.",
    example: "+14155550171",
  }),
  call_id: optionalText(MAX_ID_LENGTH).meta({
    description: "Your own ID of the call. A second report with the same ID changes nothing.",
    example: "call_01HZX3",
  }),
  summary: optionalText().meta({
    description: "What the call was about.",
    example: "Jane asked when the hearing is.",
  }),
  transcript: optionalText().meta({ description: "The whole conversation, as text." }),
  message: optionalText().meta({
    description: "What the caller wants passed on, if a message was taken.",
    example: "Please call me back about the hearing.",
  }),
  name: spokenParameter().meta({ description: "The caller's name, as they said it.", example: "Jane Doe" }),
  matter: spokenParameter().meta({
    description: "The matter, as the caller said it.",
    example: "the lease renewal",
  }),
  started_at: optionalValue(MAX_ID_LENGTH, parseTime, TIME_PROBLEM).meta({
    description: "When the call began: ISO 8601, or Unix seconds or milliseconds.",
    example: "2026-05-31T15:04:05Z",
  }),
  ended_at: optionalValue(MAX_ID_LENGTH, parseTime, TIME_PROBLEM).meta({
    description: "When the call ended, in the same formats.",
    example: "2026-05-31T15:07:17Z",
  }),
  duration: optionalValue(
    MAX_ID_LENGTH,
    parseDuration,
    "must be a number of seconds or minutes and seconds, for example 192 or 3:12.",
  ).meta({ description: "How long the call was: seconds, or m:ss.", example: "3:12" }),
  transferred_to: optionalText(MAX_ID_LENGTH).meta({
    description: "The name or number of the person the call went to.",
    example: "Felix Dubinsky",
  }),
  recording_url: optionalValue(
    MAX_URL_LENGTH,
    httpsUrl,
    "must be an https address, for example https://recordings.example.com/1.",
  ).meta({ description: "Where the recording is: https only.", example: "https://recordings.example.com/1" }),
});

export const AfterCallAnswer = z
  .object({
    id: z.string().meta({ description: "The ID of the call." }),
    duplicate: z.boolean().meta({ description: "Whether the call was reported before." }),
    message: z.string(),
  })
  .meta({ id: "AfterCallAnswer" });

const bodyProblems: ErrorRequestHandler = (error, _request, _response, next) => {
  const type: unknown = error instanceof Error && "type" in error ? error.type : null;
  if (type === "entity.too.large") next(new TooLargeError("The report may have at most 2 MB."));
  else if (
    type === "entity.parse.failed" ||
    type === "encoding.unsupported" ||
    type === "charset.unsupported"
  )
    next(
      new InvalidRequestError(
        "The body must be JSON, or a form with Content-Type: application/x-www-form-urlencoded.",
        {
          cause: error,
        },
      ),
    );
  else next(error);
};

/** Reads the body: a form, or anything else as JSON. Comes after the key was checked. */
export const reportBody = [
  express.urlencoded({ extended: false, limit: MAX_BODY_BYTES }),
  express.json({
    limit: MAX_BODY_BYTES,
    strict: false,
    type: (request) => !isForm(request.headers["content-type"]),
  }),
  bodyProblems,
];

/**
 * `POST /after-call`: what a platform reports after a call. Answered once it is durable; the phone log in Clio follows in the
 * background.
 */
export function afterCallRoute({ settings, callReporter }: Services): RequestHandler {
  return async (request, response) => {
    const { firmId } = response.locals;
    if (!firmId) throw new TypeError("the route runs without requireApiKey");
    const parameters = parseBody(AfterCallReport, { body: parametersOf(request) });
    const number = callerNumber({ caller_id: parameters.caller_id }, settings.defaultCountry);
    const caller = {
      caller: number.kind === "whole" ? number.e164 : null,
      callerEnding: number.kind === "last_4" ? number.lastFour : null,
    };
    const report = reportOf(parameters, caller, settings);
    const { id, isDuplicate } = await withinDeadline(response, callReporter.report(firmId, report));
    const body: z.infer<typeof AfterCallAnswer> = {
      id,
      duplicate: isDuplicate,
      message: "The call is recorded.",
    };
    response.status(202).set("Cache-Control", "no-store").json(body);
  };
}

function reportOf(
  parameters: z.infer<typeof AfterCallReport>,
  caller: ReportToStore["caller"],
  { phoneLogs, callLogDays }: Services["settings"],
): ReportToStore {
  const { call_id, summary, message, name, matter, started_at, ended_at, duration } = parameters;
  // Nothing is stored that isn't needed.
  const transcript = phoneLogs === "transcript" ? parameters.transcript : null;
  const isLong =
    transcript !== null || [summary, message].some((text) => (text?.length ?? 0) > MAX_EXCERPT_LENGTH);
  return {
    caller,
    identity:
      call_id === null ? `content ${digestOf([caller, summary, parameters.transcript])}` : `id ${call_id}`,
    recognizedForMs:
      call_id === null ? CONTENT_RECOGNITION_MS : Math.max(callLogDays, MIN_ID_RECOGNITION_DAYS) * DAY_MS,
    report: {
      name,
      matter,
      startedAt: started_at,
      endedAt: ended_at,
      durationSeconds: duration,
      transferredTo: parameters.transferred_to,
      recordingUrl: parameters.recording_url,
      summary: excerpt(summary),
      message: excerpt(message),
    },
    texts: isLong ? { summary, message, transcript } : null,
    isLogged: phoneLogs !== "off",
  };
}

/** The parameters of the body, and those of the query that the body doesn't have. JSON's numbers are read like texts. */
function parametersOf({ query, body }: RequestInput): unknown {
  if (body !== undefined && (typeof body !== "object" || body === null || Array.isArray(body)))
    throw new InvalidRequestError("The body must be a JSON object or a form.");
  const entries = Object.entries({ ...query, ...body }).flatMap(([name, value]: [string, unknown]) => {
    if (value === null) return [];
    return [[name, typeof value === "number" ? String(value) : value]];
  });
  return Object.fromEntries(entries);
}

function excerpt(text: string | null): string | null {
  return text !== null && text.length > MAX_EXCERPT_LENGTH
    ? `${text.slice(0, MAX_EXCERPT_LENGTH - 1)}…`
    : text;
}

function digestOf(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("base64url");
}

/**
 * The address as every program reads it. As it was sent, `https:/setup` would lead a browser to this service's own pages, and
 * a line break would be part of it.
 */
function httpsUrl(text: string): string | null {
  if (!URL.canParse(text)) return null;
  const { protocol, username, password, href } = new URL(text);
  return protocol === "https:" && username === "" && password === "" ? href : null;
}

function isForm(contentType: string | undefined): boolean {
  return contentType?.toLowerCase().startsWith("application/x-www-form-urlencoded") ?? false;
}
