import type { RequestHandler } from "express";
import { z } from "zod";
import { doNotRecord } from "../../../call-log/record-lookup.ts";
import { REQUESTS_RESERVED_FOR_CALLS } from "../../../clio/rate-limits.ts";
import type { Services } from "../../../container.ts";
import { ServiceError } from "../../../errors.ts";
import { problemBody } from "../../../http/problem-body.ts";
import { type CurrentUser, currentUser } from "../../../http/require-session.ts";
import { startContext } from "../../../runtime/request-context.ts";
import type { TriedAnswer } from "../../../views/setup-page.ts";
import { answerRouteCall } from "../../api/route-call.ts";
import { parseForm } from "../../parse-input.ts";
import { textParameter } from "../../text-parameter.ts";
import { sendSetupPage } from "./page.ts";

const MAX_LENGTH = 200;

const CallerForm = z.object({
  number: textParameter(MAX_LENGTH),
  name: textParameter(MAX_LENGTH).default(""),
  matter: textParameter(MAX_LENGTH).default(""),
});
type CallerForm = z.infer<typeof CallerForm>;

/**
 * `POST /setup/try`: shows the exact response that the receptionist would get for a caller. For a user who isn't an
 * administrator, the caller is looked up with what that user sees in Clio, which may be less.
 */
export function tryCaller(services: Services): RequestHandler {
  const { openDirectory, openUserDirectory, settings } = services;
  const answerCall = answerRouteCall(services);

  return async (request, response) => {
    const caller = parseForm(CallerForm, request);
    const answer = await tryRouteCall(caller, currentUser(response), response.locals.requestId);
    await sendSetupPage(services, response, { tried: { ...caller, answer } });
  };

  /** With the receptionist's rules, deadline and errors. */
  async function tryRouteCall(
    { number, name, matter }: CallerForm,
    { firm, connection, isAdministrator }: CurrentUser,
    requestId: unknown,
  ): Promise<TriedAnswer> {
    const path = "/route-call";
    // The user may be the lookup account, whose requests callers need.
    const reservedRequests = isAdministrator ? 0 : REQUESTS_RESERVED_FOR_CALLS;
    const context = startContext(settings.answerDeadlineMs, { reservedRequests });
    try {
      const directory = isAdministrator
        ? openDirectory(firm.id, context)
        : openUserDirectory(connection, context);
      const query = { caller_id: number, name, matter };
      const body = await answerCall({ query }, directory, doNotRecord);
      return { path, status: 200, body };
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      return { path, status: error.status, body: problemBody(error, requestId) };
    } finally {
      context.close();
    }
  }
}
