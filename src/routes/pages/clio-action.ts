import type { Request, RequestHandler } from "express";
import { z } from "zod";
import { parseSubjectUrl, type Subject, subjectPath } from "../../clio/subject-types.ts";
import type { Services } from "../../container.ts";
import { ClickRefusedError, readClickedRecord } from "../../directory/clicked-record.ts";
import { ForbiddenError } from "../../errors.ts";
import { createClickLimits } from "../../http/click-limits.ts";
import { contextOf } from "../../http/deadline.ts";
import { findCurrentUser } from "../../http/require-session.ts";
import { connectLink, redirectToSignIn } from "../../http/sign-in.ts";
import type { Connection } from "../../store/repositories/connections.ts";
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
 * see it in Clio (docs/reference/endpoints.md). The client and the matters are named only in a browser that the user has
 * signed in with. Clicks are limited until Clio has confirmed them, except in a browser that
 * is signed in as the user who clicked.
 */
export function clioAction(services: Services): RequestHandler {
  const {
    settings,
    store,
    verifiedClicks,
    knownUsers,
    userClio,
    oauthStates,
    limiters,
    webAddresses,
    readFirmUsers,
    absenceCache,
    views,
    now,
  } = services;
  const clickLimits = createClickLimits(limiters, oauthStates);

  return async (request, response) => {
    const query = parseQuery(ClickQuery, request);
    const { user_id: userId, subject_url: subject, custom_action_nonce: nonce } = query;
    const returnTarget = { to: clickPath(query), userId };
    response.locals.returnTarget = returnTarget;
    response.locals.recordLink = backToClio(subject);
    const connection = await store.connections.findByUser(userId);
    if (!connection) {
      // Otherwise one address could find out which of many users are connected.
      await clickLimits.countForAddress(request, returnTarget);
      return redirectToSignIn(oauthStates, request, response);
    }
    response.locals.firmId = connection.firmId;

    const click = { connection, subject: subjectPath(subject), nonce };
    const browserClicks = await verifiedClicks.of(request);
    const isVerified = browserClicks.has(click);
    const isSignedIn = await isSignedInAs(connection, request);
    const isLimited = !isVerified && !isSignedIn;
    if (isLimited) {
      await clickLimits.countForAddress(request, returnTarget);
      await clickLimits.countForUser(userId, returnTarget);
    }
    let isConfirmed = isVerified;
    const proof = {
      nonce,
      isForgeable: isLimited,
      async accepted() {
        isConfirmed = true;
        // Written at once: Clio won't accept the nonce again, whatever fails afterwards.
        await browserClicks.add(response, click);
        if (isLimited) await clickLimits.takeBack(request, userId);
      },
    };
    // Clio confirms that the user clicked, not that they opened the link: it may have been passed on.
    const browserUsers = await knownUsers.of(request);
    const namesClient = isSignedIn || browserUsers.has(connection);
    const firm = await store.mirrors.findSummary(connection.firmId);
    const absences = await absenceCache.of(connection.firmId, firm?.absencesRevision ?? 0);
    const context = contextOf(response);
    const record = await readClickedRecord(
      {
        clio: userClio(connection),
        readUsers: () => readFirmUsers(connection, firm, context),
        rules: settings,
        absences,
        now: now(),
      },
      subject,
      { proof: isVerified ? null : proof, namesClient },
      context,
    ).catch(async (error) => {
      if (error instanceof ClickRefusedError) throw clickRefused(error, subject);
      throw isLimited && !isConfirmed ? await clickLimits.withSignInLink(error, returnTarget) : error;
    });
    if (namesClient) await browserUsers.add(response, connection);
    const signInLink = namesClient ? null : await connectLink(oauthStates, returnTarget);
    const timeZone = absences.timeZone.name;
    response.send(views.clioAction({ subject, ...record, timeZone, signInLink, webAddresses }));
  };

  function backToClio(subject: Subject) {
    return { href: webAddresses.record(subject), label: "Back to Clio" };
  }

  async function isSignedInAs({ firmId, userId }: Connection, request: Request): Promise<boolean> {
    const user = await findCurrentUser(services, request);
    return user?.connection.firmId === firmId && user.connection.userId === userId;
  }

  function clickRefused(error: ClickRefusedError, subject: Subject): ForbiddenError {
    return new ForbiddenError(
      `A click on "Find responsible staff" is valid for 60 seconds and works only once. Go back to Clio and click again. If that doesn't help, the developer app or your Clio user may lack the permission "${error.permission}".`,
      {
        title: "This click is no longer valid",
        next: backToClio(subject),
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
