import type { RequestHandler, Response } from "express";
import { z } from "zod";
import { readPhoneNumber } from "../../../calls/matching/phone-number.ts";
import { routeCall } from "../../../calls/route-call.ts";
import { REQUESTS_RESERVED_FOR_CALLS } from "../../../clio/rate-limits.ts";
import type { Services } from "../../../container.ts";
import { ServiceError } from "../../../errors.ts";
import { problemBody } from "../../../http/problem-body.ts";
import { currentUser } from "../../../http/require-session.ts";
import { startContext } from "../../../runtime/request-context.ts";
import { explainCall } from "../../../views/explain-call.ts";
import type { CallerFields, TriedCaller } from "../../../views/tried-caller.ts";
import { callerNumber } from "../../api/caller-number.ts";
import { presentRoutedCall, RouteCallQuery } from "../../api/route-call.ts";
import { parseForm, parseQuery } from "../../parse-input.ts";
import { textParameter } from "../../text-parameter.ts";
import { sendSetupPage } from "./page.ts";

const MAX_LENGTH = 200;

const CallerForm = z.object({
  number: textParameter(),
  name: textParameter().default(""),
  matter: textParameter().default(""),
});

const PATH = "/route-call";

/**
 * `POST /setup/try`: explains how a caller would be routed, with the exact response that the receptionist would get. For a
 * user who isn't an administrator, the caller is looked up with what that user sees in Clio, which may be less.
 */
export function tryCaller(services: Services): RequestHandler {
  const { openDirectory, openUserDirectory, settings, webAddresses } = services;

  return async (request, response) => {
    const fields = parseForm(CallerForm, request);
    const fieldErrors = findFieldErrors(fields);
    const isValid = Object.keys(fieldErrors).length === 0;
    if (!isValid) response.status(400);
    const result = isValid ? await lookUp(fields, response, response.locals.requestId) : NOT_LOOKED_UP;
    await sendSetupPage(services, response, { tried: { fields, fieldErrors, ...result } });
  };

  function findFieldErrors({ number, name, matter }: CallerFields): TriedCaller["fieldErrors"] {
    const isUnreadable = readPhoneNumber(number, settings.defaultCountry).kind === "unreadable";
    return {
      ...(number.trim() === "" && {
        number: "Enter the caller's number. For a withheld number, enter “anonymous”.",
      }),
      ...(isUnreadable && {
        number: "Enter one whole number, such as (415) 555-0171, or its last four digits.",
      }),
      ...(number.length > MAX_LENGTH && { number: TOO_LONG }),
      ...(name.length > MAX_LENGTH && { name: TOO_LONG }),
      ...(matter.length > MAX_LENGTH && { matter: TOO_LONG }),
    };
  }

  /** With the receptionist's rules, deadline and errors. */
  async function lookUp(
    { number, name, matter }: CallerFields,
    response: Response,
    requestId: unknown,
  ): Promise<Omit<TriedCaller, "fields" | "fieldErrors">> {
    const { firm, connection, isAdministrator } = currentUser(response);
    // The user may be the lookup account, whose requests callers need.
    const reservedRequests = isAdministrator ? 0 : REQUESTS_RESERVED_FOR_CALLS;
    const context = startContext(settings.answerDeadlineMs, { reservedRequests });
    try {
      const directory = isAdministrator
        ? openDirectory(firm.id, context)
        : openUserDirectory(connection, context);
      const { caller_id, ...spoken } = parseQuery(RouteCallQuery, {
        query: { caller_id: number, name, matter },
      });
      const clues = { number: callerNumber({ caller_id }, settings.defaultCountry), ...spoken };
      const routed = await routeCall(directory, settings, clues);
      return {
        explanation: explainCall(routed, { clues, rules: settings, webAddresses }),
        problem: null,
        answer: { path: PATH, status: 200, body: presentRoutedCall(routed, settings) },
      };
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      const { title, detail, status } = error;
      const answer = { path: PATH, status, body: problemBody(error, requestId) };
      return { explanation: null, problem: { title, detail }, answer };
    } finally {
      context.close();
    }
  }
}

const TOO_LONG = `Enter at most ${MAX_LENGTH} characters.`;

const NOT_LOOKED_UP = { explanation: null, problem: null, answer: null };
