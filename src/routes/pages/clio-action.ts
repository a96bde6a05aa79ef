import type { RequestHandler } from "express";
import { z } from "zod";
import { parseSubjectUrl, type Subject, subjectPath } from "../../clio/subject-types.ts";
import type { Services } from "../../container.ts";
import { ClickRefusedError, readClickedRecord } from "../../directory/clicked-record.ts";
import { ForbiddenError } from "../../errors.ts";
import { contextOf } from "../../http/deadline.ts";
import { redirectToSignIn } from "../../http/sign-in.ts";
import { parseQuery } from "../parse-input.ts";
import { textParameter } from "../text-parameter.ts";

const Id = textParameter()
  .regex(/^[1-9][0-9]{0,15}$/, { error: "must be the number that Clio sends." })
  .transform(Number);

const ClickQuery = z.object({
  custom_action_id: Id,
  user_id: Id,
  subject_url: textParameter().transform((text, context) => {
    const subject = parseSubjectUrl(text);
    if (subject) return subject;
    context.addIssue(
      "must be the address of a matter, contact, activity, document or folder in Clio's API, such as /api/v4/matters/1834567.",
    );
    return z.NEVER;
  }),
  custom_action_nonce: textParameter().regex(/^[\x21-\x7e]{1,512}$/, {
    error: "must be the code that Clio sends.",
  }),
});
type ClickQuery = z.infer<typeof ClickQuery>;

/**
 * `GET /clio-action`: verifies with Clio that the user clicked the record, and shows who takes its calls, as that user may
 * see it in Clio (docs/reference/endpoints.md).
 */
export function clioAction(services: Services): RequestHandler {
  const { settings, store, verifiedClicks, userClio, oauthStates, webAddresses, views } = services;

  return async (request, response) => {
    const query = parseQuery(ClickQuery, request);
    const { user_id: userId, subject_url: subject, custom_action_nonce: nonce } = query;
    response.locals.returnTarget = { to: clickPath(query), userId };
    const connection = await store.connections.findByUser(userId);
    if (!connection) return redirectToSignIn(oauthStates, request, response);
    response.locals.firmId = connection.firmId;

    const click = { connection, subject: subjectPath(subject), nonce };
    const proof = {
      nonce,
      // Written at once: Clio won't accept the nonce again, whatever fails afterwards.
      accepted: () => verifiedClicks.add(request, response, click),
    };
    const record = await readClickedRecord(
      { clio: userClio(connection), rules: settings },
      subject,
      (await verifiedClicks.has(request, click)) ? null : proof,
      contextOf(response),
    ).catch((error) => {
      throw error instanceof ClickRefusedError ? clickRefused(error, subject) : error;
    });
    response.send(views.clioAction({ subject, ...record, webAddresses }));
  };

  function clickRefused(error: ClickRefusedError, subject: Subject): ForbiddenError {
    return new ForbiddenError(
      `A click on "Find responsible staff" is valid for 60 seconds, and only once. Go back to Clio and click again. If that doesn't help, the developer app or your Clio user may lack the permission "${error.permission}".`,
      {
        title: "This click is no longer valid",
        next: { href: webAddresses.record(subject), label: "Back to Clio" },
        cause: error,
      },
    );
  }
}

/** The click's own address, without any other parameters that came with it. */
function clickPath(query: ClickQuery): string {
  const parameters = new URLSearchParams({
    custom_action_id: String(query.custom_action_id),
    user_id: String(query.user_id),
    subject_url: subjectPath(query.subject_url),
    custom_action_nonce: query.custom_action_nonce,
  });
  return `/clio-action?${parameters}`;
}
