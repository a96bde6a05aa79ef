import { createHash } from "node:crypto";
import type { RequestHandler, Response } from "express";
import { z } from "zod";
import { previewOf } from "../../calls/transfer/preview.ts";
import { GrantRevokedError } from "../../clio/oauth.ts";
import { type ClickProof, mattersOfSubject, SUBJECT_PERMISSIONS } from "../../clio/resources/subjects.ts";
import { listUsers } from "../../clio/resources/users.ts";
import { parseSubjectUrl, type Subject, subjectPath } from "../../clio/subject-types.ts";
import type { Services } from "../../container.ts";
import { ClioPermissionError, ForbiddenError } from "../../errors.ts";
import { contextOf } from "../../http/deadline.ts";
import { parseQuery, textParameter } from "../../http/parse-query.ts";
import { connectLink } from "../../http/require-session.ts";
import type { Session, VerifiedClick } from "../../http/session.ts";
import type { RequestContext } from "../../runtime/request-context.ts";
import type { Connection } from "../../store/repositories/connections.ts";

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
type Click = z.infer<typeof ClickQuery>;

/** For so long the page can be loaded again in the same browser (milliseconds). */
const SHOWN_AGAIN_FOR = 15 * 60_000;

/** A browser remembers so many clicks; a session cookie has its limits. */
const MOST_CLICKS = 5;

/**
 * `GET /clio-action`: verifies with Clio that the user clicked the record, and shows the transfer rule of everybody whom
 * the record leads to, as far as that user may see it in Clio.
 */
export function clioAction(services: Services): RequestHandler {
  const { settings, store, sessions, userClio, oauthStates, webAddresses, views, now } = services;
  const { staffRoles, defaultCountry } = settings;

  return async (request, response) => {
    const click = parseQuery(ClickQuery, request);
    const connection = await store.connections.ofUser(click.user_id);
    if (!connection) return sendToConnect(response, click);
    response.locals.firmId = connection.firmId;
    const session = await sessions.read(request);
    const shownBefore = session.clicks.some((known) => isSameClick(known, click, connection));
    let proven = shownBefore;
    const proof: ClickProof = {
      nonce: click.custom_action_nonce,
      async accepted() {
        proven = true;
        await remember(response, session, click, connection);
      },
    };
    try {
      response.send(await pageFor(click, connection, shownBefore ? null : proof, contextOf(response)));
    } catch (error) {
      if (!proven && error instanceof ClioPermissionError) throw nonceRefused(click.subject_url, error);
      if (!(error instanceof GrantRevokedError)) throw error;
      await sendToConnect(response, click);
    }
  };

  /** Asks Clio about the record, the nonce first, and shows whom it leads to. */
  async function pageFor(
    click: Click,
    connection: Connection,
    proof: ClickProof | null,
    context: RequestContext,
  ) {
    const { subject_url: subject } = click;
    const found = await mattersOfSubject(userClio(connection), subject, proof, context);
    const colleagues = found.matters.length > 0 ? await enabledUsers(connection, context) : [];
    const preview = previewOf(found.matters, staffRoles, colleagues, defaultCountry);
    return views.clioAction({ subject, found, preview, webAddresses });
  }

  async function enabledUsers(connection: Connection, context: RequestContext) {
    const users = await listUsers(userClio(connection), context);
    return users.filter(({ enabled }) => enabled !== false);
  }

  function isSameClick(known: VerifiedClick, click: Click, { firmId, userId }: Connection): boolean {
    return (
      known.nonceHash === hashOf(click.custom_action_nonce) &&
      known.subject === subjectPath(click.subject_url) &&
      known.firmId === firmId &&
      known.userId === userId &&
      now() - known.verifiedAt < SHOWN_AGAIN_FOR
    );
  }

  async function remember(
    response: Response,
    session: Session,
    click: Click,
    { firmId, userId }: Connection,
  ) {
    const verified = {
      firmId,
      userId,
      subject: subjectPath(click.subject_url),
      nonceHash: hashOf(click.custom_action_nonce),
      verifiedAt: now(),
    };
    await sessions.write(response, {
      ...session,
      clicks: [verified, ...session.clicks].slice(0, MOST_CLICKS),
    });
  }

  /** With what was clicked and nothing else that stood in the address. */
  async function sendToConnect(response: Response, click: Click): Promise<void> {
    const clicked = new URLSearchParams({
      custom_action_id: String(click.custom_action_id),
      user_id: String(click.user_id),
      subject_url: subjectPath(click.subject_url),
      custom_action_nonce: click.custom_action_nonce,
    });
    const to = `/clio-action?${clicked}`;
    response.redirect(302, await connectLink(oauthStates, { to, userId: click.user_id }));
  }

  /** Clio answers 403 to a nonce it does not take, and to a missing permission: it does not say which. */
  function nonceRefused(subject: Subject, error: ClioPermissionError): ForbiddenError {
    return new ForbiddenError(
      `A click on "Find responsible staff" is good for 60 seconds and works once. Go back to Clio and click again. If that does not help, the developer app or your own Clio user may lack the permission "${SUBJECT_PERMISSIONS[subject.type]}".`,
      {
        title: "Clio no longer accepts this click",
        next: { href: webAddresses.record(subject), label: "Back to Clio" },
        cause: error,
      },
    );
  }
}

/** A nonce is not kept in the clear, not even in a sealed cookie. */
function hashOf(nonce: string): string {
  return createHash("sha256").update(nonce).digest("base64url");
}
